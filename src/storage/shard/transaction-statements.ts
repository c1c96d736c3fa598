/** The SQL of transactions across shards: what a participant has promised, and what a coordinator has begun and decided. */
import type { SqlPort } from './sql-port.ts';

export interface PreparedRow {
  id: string;
  coordinator: string;
  deadline: number;
  part: string;
}

export interface CoordinatedRow {
  id: string;
  stage: string;
  targets: string;
}

export function transactionStatements(sql: SqlPort) {
  return {
    prepared: () => sql.exec<PreparedRow>(`SELECT id, coordinator, deadline, part FROM prepared ORDER BY id`),
    insertPrepared: (row: PreparedRow) =>
      void sql.exec(
        `INSERT INTO prepared (id, coordinator, deadline, part) VALUES (?, ?, ?, ?)`,
        row.id,
        row.coordinator,
        row.deadline,
        row.part,
      ),
    deletePrepared: (id: string) => void sql.exec(`DELETE FROM prepared WHERE id = ?`, id),
    coordinated: () => sql.exec<CoordinatedRow>(`SELECT id, stage, targets FROM coordinated ORDER BY id`),
    insertCoordinated: (row: CoordinatedRow) =>
      void sql.exec(`INSERT INTO coordinated (id, stage, targets) VALUES (?, ?, ?)`, row.id, row.stage, row.targets),
    setCoordinated: (id: string, stage: string) =>
      void sql.exec(`UPDATE coordinated SET stage = ? WHERE id = ?`, stage, id),
    deleteCoordinated: (id: string) => void sql.exec(`DELETE FROM coordinated WHERE id = ?`, id),
  };
}
