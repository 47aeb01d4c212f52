import { percent } from "@/i18n/format";

/** A frame's score beside a letter, as in "B 91", "<1", ">99"; without one "–". */
export function scoreText(score: number | null | undefined): string {
  return typeof score === "number" ? percent(score).replace(" %", "") : "–";
}
