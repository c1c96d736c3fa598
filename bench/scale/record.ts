/** What a scale run leaves: curves of figures over one axis each. */

export const SCALE_FORMAT = 1;

export const AXES = ['patients', 'shards', 'connections', 'body', 'read-share', 'rate'] as const;
export type Axis = (typeof AXES)[number];

/** Figures by name, the same names at every point of a curve; null: not known there. */
export interface ScalePoint {
  readonly at: number;
  readonly figures: Readonly<Record<string, number | null>>;
}

export interface ScaleCurve {
  readonly axis: Axis;
  /** What stands on the axis, e.g. 'patients loaded'. */
  readonly label: string;
  readonly points: readonly ScalePoint[];
  readonly findings: readonly Finding[];
}

/** A bound or a statement about a whole curve. */
export interface Finding {
  readonly text: string;
  /** Null: only told, not judged. */
  readonly pass: boolean | null;
}

export interface ScaleRecord {
  readonly format: typeof SCALE_FORMAT;
  readonly takenAt: string;
  readonly commit: string;
  readonly command: string;
  readonly curves: readonly ScaleCurve[];
}
