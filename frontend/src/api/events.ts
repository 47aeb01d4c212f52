/** The events that a webhook can take, in the order of the API's document; made by `npm run client`. */
export const EVENTS = [
  "analysis.completed",
  "analysis.failed",
  "batch.finished",
  "review.decided",
  "recheck.finished",
  "verdict.flipped",
] as const;
