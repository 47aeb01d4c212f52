/** The usual distance of ascending times: their median difference; null for fewer than two. */
export function samplingStep(times: readonly number[]): number | null {
  const steps = times.slice(1).map((time, before) => time - (times[before] ?? time));
  if (steps.length === 0) return null;
  steps.sort((a, b) => a - b);
  const middle = (steps.length - 1) / 2;
  return ((steps[Math.floor(middle)] ?? 0) + (steps[Math.ceil(middle)] ?? 0)) / 2;
}

/** The position of the time nearest to `wanted` among ascending `times`; null where there is none. */
export function nearestIndex(times: readonly number[], wanted: number): number | null {
  if (times.length === 0) return null;
  let [low, high] = [0, times.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) < wanted) low = middle + 1;
    else high = middle;
  }
  const [before, after] = [times[low - 1], times[low] ?? 0];
  return before !== undefined && wanted - before <= after - wanted ? low - 1 : low;
}

/**
 * The sample whose boxes may be drawn over the frame shown at `shownMs`: the nearest one, and only within half a
 * sampling step, since boxes are not interpolated. Null when the frame is further from every sample.
 */
export function sampleShownAt(times: readonly number[], stepMs: number, shownMs: number): number | null {
  const nearest = nearestIndex(times, shownMs);
  if (nearest === null) return null;
  return Math.abs((times[nearest] ?? 0) - shownMs) <= stepMs / 2 ? nearest : null;
}
