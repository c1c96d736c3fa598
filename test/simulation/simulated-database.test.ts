/** The simulated storage itself: what it loses and what it keeps. */
import { expect, test } from 'vitest';
import { SimulatedDatabase } from './simulated-database.ts';

const numbers = (database: SimulatedDatabase): number[] =>
  database.ask<{ n: number }>(`SELECT n FROM t ORDER BY n`).map(({ n }) => n);

function threeBatches(): SimulatedDatabase {
  const database = new SimulatedDatabase();
  database.exec(`CREATE TABLE t (n INTEGER)`);
  database.confirm(database.endTurn() ?? 0);
  for (const n of [1, 2, 3]) {
    database.exec(`INSERT INTO t VALUES (?)`, n);
    if (n < 3) database.endTurn();
  }
  return database;
}

test.each([
  [0, []],
  [1, [1]],
  [2, [1, 2]],
])('SIM-09 a crash keeps the first %i unconfirmed batches, never the open one', (kept, left) => {
  const database = threeBatches();
  database.crash(() => kept);
  expect(numbers(database)).toEqual(left);
  expect(database.unconfirmed).toBeNull();
});

test('SIM-09 what was confirmed outlives every crash', () => {
  const database = threeBatches();
  const open = database.endTurn();
  database.confirm((open ?? 0) - 2);
  database.crash(() => 0);
  expect(numbers(database)).toEqual([1]);
});

test('SIM-09 a throw rolls back just its own transaction', () => {
  const database = threeBatches();
  const broken = () =>
    database.transaction(() => {
      database.exec(`INSERT INTO t VALUES (4)`);
      database.transaction(() => database.exec(`INSERT INTO t VALUES (5)`));
      throw new Error('rolled back');
    });
  expect(broken).toThrow('rolled back');
  expect(numbers(database)).toEqual([1, 2, 3]);
});
