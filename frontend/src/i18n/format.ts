const UNIT = "\u00a0%"; // no line ends between a number and its sign

/**
 * A probability in words: "<1 %", "7 %", ">99 %", with a decimal "86.5 %"; never 0 or 100. As `domain/wording.py` writes
 * it, with a space that no line breaks at.
 */
export function percent(probability: number, digits = 0, locale = "en"): string {
  if (probability < 0.01) return `<1${UNIT}`;
  if (probability > 0.99) return `>99${UNIT}`;
  const number = digits > 0 ? decimal(100 * probability, digits, locale) : Math.round(100 * probability);
  return `${number}${UNIT}`;
}

/** A share that was counted, of which none is "0 %" and all is "100 %"; others as `percent`. */
export function countedShare(share: number): string {
  return share === 0 || share === 1 ? `${100 * share}${UNIT}` : percent(share);
}

/** The fewest decimals, up to three, with which different probabilities do not look alike as per cent. */
export function decimals(probabilities: readonly number[]): number {
  const written = (digits: number) => new Set(probabilities.map((one) => percent(one, digits))).size;
  const most = written(3);
  return [0, 1, 2].find((digits) => written(digits) === most) ?? 3;
}

/** An interval of probabilities: "71-92 %", "<1-4 %", "93 - >99 %", whose spaces keep it from reading as an arrow. */
export function percentRange([low = 0, high = 1]: readonly number[], digits = 0, locale = "en"): string {
  const [from, to] = [percent(low, digits, locale), percent(high, digits, locale)];
  const dash = to.startsWith(">") ? "\u00a0-\u00a0" : "-";
  return from === to ? from : `${from.replace(UNIT, "")}${dash}${to}`;
}

/** A time in a clip from milliseconds: "0:12.4", in German "0:12,4", "1:02:03.5"; without tenths "0:12". */
export function clock(milliseconds: number, tenths: boolean, locale: string): string {
  const total = tenths ? Math.round(milliseconds / 100) : Math.floor(milliseconds / 1000) * 10;
  const seconds = Math.floor(total / 10);
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const start = hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}` : `${minutes}`;
  return `${start}:${String(rest).padStart(2, "0")}${tenths ? `${point(locale)}${total % 10}` : ""}`;
}

function point(locale: string): string {
  const parts = new Intl.NumberFormat(locale).formatToParts(0.5);
  return parts.find(({ type }) => type === "decimal")?.value ?? ".";
}

/** A size in bytes as "820 kB", "4.8 MB", "200 MB"; in steps of 1024, as the server's limits are. */
export function bytes(size: number, locale: string): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, size)) / 10));
  const value = size / 1024 ** power;
  return new Intl.NumberFormat(locale, {
    style: "unit",
    unit: units[power],
    unitDisplay: "short",
    maximumFractionDigits: value < 10 && power > 0 ? 1 : 0,
  }).format(value);
}

/** A span until something happens, in its two largest units by their symbols: "2 d 3 h", "3 h 12 min", "4 min", "25 s". */
export function span(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  const [days, hours, minutes] = [
    Math.floor(seconds / 86_400),
    Math.floor(seconds / 3600) % 24,
    Math.floor(seconds / 60) % 60,
  ];
  if (days > 0) return hours > 0 ? `${days} d ${hours} h` : `${days} d`;
  if (hours > 0) return minutes > 0 ? `${hours} h ${minutes} min` : `${hours} h`;
  return minutes > 0 ? `${minutes} min` : `${seconds} s`;
}

/** How long something is kept, as it is set: "24 h" up to two days, then "30 d", "2 d 12 h". */
export function keptFor(hours: number): string {
  return hours >= 1 && hours <= 48 && Number.isInteger(hours) ? `${hours} h` : span(3_600_000 * hours);
}

/** A frame's score beside a letter, as in "B 91", "<1", ">99"; without one "–". */
export function scoreText(score: number | null | undefined): string {
  return score === undefined || score === null ? "–" : percent(score).replace(UNIT, "");
}

/** A number with as many digits behind its point: "0.86", in German "0,86". */
export function decimal(value: number, digits: number, locale: string): string {
  return new Intl.NumberFormat(locale, {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(value);
}
