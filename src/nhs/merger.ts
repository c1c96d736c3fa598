/** Who may merge two NHS numbers; every record of either number refuses anybody else. */

export const MERGER_MODE = 'operator';

export const isMerger = ({ mode }: { readonly mode: string }): boolean => mode === MERGER_MODE;
