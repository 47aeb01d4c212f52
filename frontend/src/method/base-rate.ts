/**
 * The chance that an estimate stands for where another share of files is manipulated than in the tests: the
 * odds change as the odds of the shares do (Bayes). Shares and estimate lie between 0 and 1, both excluded.
 */
export function atBaseRate(estimate: number, tested: number, actual: number): number {
  const odds = (share: number) => share / (1 - share);
  const changed = (odds(estimate) * odds(actual)) / odds(tested);
  return changed / (1 + changed);
}
