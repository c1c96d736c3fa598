/** D1 that fails on command, in front of the real one: it refuses, dawdles, hangs, or does the work and loses the answer. */

export type DatabaseFault = 'none' | 'error' | 'delay' | 'hang' | 'lost-answer';

export interface FaultPlan {
  mode: DatabaseFault;
  delayMs: number;
  /** Calls that were made to fail or wait. */
  struck: number;
  /** Answers of the edge that are thrown away after the work is done. */
  loseReplies: number;
}

/** Shared by the edge and all actors of the one local isolate. */
export const plan: FaultPlan = { mode: 'none', delayMs: 0, struck: 0, loseReplies: 0 };

/** Longer than anybody waits. */
const HANG_MS = 15 * 60_000;

async function strike<T>(work: () => Promise<T>): Promise<T> {
  if (plan.mode === 'none') return work();
  plan.struck += 1;
  switch (plan.mode) {
    case 'error':
      throw new Error('D1_ERROR: planted outage');
    case 'delay':
      await scheduler.wait(plan.delayMs);
      return work();
    case 'hang':
      await scheduler.wait(HANG_MS);
      throw new Error('D1_ERROR: planted hang ended');
    case 'lost-answer':
      await work();
      throw new Error('Network connection lost.');
  }
}

const real = new WeakMap<D1PreparedStatement, D1PreparedStatement>();

function faultyStatement(statement: D1PreparedStatement): D1PreparedStatement {
  const faulty = new Proxy(statement, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      if (name === 'bind') return (...values: unknown[]) => faultyStatement(target.bind(...values));
      return (...args: unknown[]) => strike(async () => (await Reflect.apply(member, target, args)) as unknown);
    },
  });
  real.set(faulty, statement);
  return faulty;
}

export function faultyDatabase(database: D1Database): D1Database {
  return new Proxy(database, {
    get(target, name) {
      if (name === 'prepare') return (sql: string) => faultyStatement(target.prepare(sql));
      if (name === 'batch') {
        return (statements: readonly D1PreparedStatement[]) =>
          strike(() => target.batch(statements.map((statement) => real.get(statement) ?? statement)));
      }
      const member: unknown = Reflect.get(target, name);
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });
}
