import type { AnalysisResult } from "@/api/schema";

import type { Words } from "./verdict";

export type Verdict = AnalysisResult["verdict"];
/** What a sign stands for. A file that is not flagged is not one without signs. */
export type Sign = Verdict | "not_flagged";

/** The sign of a verdict in words. */
export function signOf(verdict: Verdict, words: Words | null): Sign {
  return words === "not_flagged" ? words : verdict;
}

/** Classes of each verdict's hue; words and shape say the same without it. */
export const VERDICT_TEXT: Record<Sign, string> = {
  not_flagged: "text-unclear",
  manipulated: "text-signs",
  no_signs: "text-nosigns",
  inconclusive: "text-unclear",
  no_face: "text-unclear",
};
export const VERDICT_TINT: Record<Sign, string> = {
  not_flagged: "bg-unclear-tint",
  manipulated: "bg-signs-tint",
  no_signs: "bg-nosigns-tint",
  inconclusive: "bg-unclear-tint",
  no_face: "bg-unclear-tint",
};

const OCTAGON = "M7.5 2h9L22 7.5v9L16.5 22h-9L2 16.5v-9z";

/** A verdict's sign: octagon with "!", empty circle, or hatched circle with "?"; distinguishable without colour. */
export function VerdictMark({ verdict, className = "size-6" }: { verdict: Sign; className?: string }) {
  const colour = VERDICT_TEXT[verdict];
  return (
    <svg
      aria-hidden
      viewBox="0 0 24 24"
      className={`shrink-0 ${colour} ${className}`}
      fill="none"
      stroke="currentColor"
      strokeWidth="2"
    >
      {verdict === "manipulated" && (
        <>
          <path d={OCTAGON} fill="currentColor" />
          <path d="M12 6.5v7M12 16.2v1.3" stroke="var(--surface)" strokeWidth="2.4" strokeLinecap="round" />
        </>
      )}
      {(verdict === "no_signs" || verdict === "not_flagged") && <circle cx="12" cy="12" r="9" />}
      {(verdict === "inconclusive" || verdict === "no_face") && (
        <>
          <path d="M5 16 16 5M5 11l6-6M8 19 19 8M13 19l6-6" strokeWidth="1" opacity="0.45" />
          <circle cx="12" cy="12" r="9" strokeDasharray="3 2.6" />
          <path d="M9.4 9.6a2.6 2.6 0 1 1 3.7 2.4c-.8.4-1.1.9-1.1 1.8M12 16.6v.9" strokeLinecap="round" />
        </>
      )}
    </svg>
  );
}
