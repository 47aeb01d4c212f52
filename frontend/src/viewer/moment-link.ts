/** A moment in an address: `#t=9.7&p=A`; seconds from the first frame, and a person's letter. */
export type MomentLink = { timeMs: number | null; letter: string | null };

/** Read a moment from an address's fragment; what else is in it, such as a share link's token, is passed over. */
export function readMoment(hash: string): MomentLink {
  const fields = new URLSearchParams(hash.replace(/^#/, ""));
  const seconds = Number(fields.get("t") ?? NaN);
  const letter = fields.get("p");
  return {
    timeMs: Number.isFinite(seconds) && seconds >= 0 ? 1000 * seconds : null,
    letter: letter !== null && /^[A-Z]{1,3}$/.test(letter) ? letter : null,
  };
}

/** The fragment of a moment; a token that stands first in `hash` stays. */
export function writeMoment(hash: string, timeMs: number, letter: string | null): string {
  const first = hash.replace(/^#/, "").split("&")[0] ?? "";
  const token = first === "" || first.includes("=") ? [] : [first];
  const time = `t=${Math.round(timeMs / 100) / 10}`;
  return `#${[...token, time, ...(letter === null ? [] : [`p=${letter}`])].join("&")}`;
}
