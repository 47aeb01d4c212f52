"use client";

import { useTranslations } from "use-intl";

import type { AnalysisResult } from "@/api/schema";
import { percent } from "@/i18n/format";
import { useTimeText } from "@/i18n/use-time-text";
import { peakOf } from "@/result/people/people";
import { useReasonWords } from "@/result/verdict/use-reason-words";
import { Card } from "@/ui/card";
import { traceOf } from "@/ui/trace";
import { estimateGiven } from "@/ui/verdict";

/** What the verdict rests on: the server's reasons, the frames behind the score, the highest moment. */
export function WhyCard({ result, video }: { result: AnalysisResult; video: boolean }) {
  const t = useTranslations("result.why");
  const reason = useReasonWords(result);
  const trace = traceOf(result);
  return (
    <Card title={t("title")}>
      <ul className="flex list-disc flex-col gap-2 pl-5">
        {result.reasons.map(({ code }) => (
          <li key={code}>{reason(code)}</li>
        ))}
        {trace !== null && <li>{t(`trace.${trace}`)}</li>}
        {video && <FramesBehind result={result} />}
        {video && <Peak result={result} />}
      </ul>
    </Card>
  );
}

function FramesBehind({ result }: { result: AnalysisResult }) {
  const t = useTranslations("result.why");
  const letter = result.deciding_person;
  if (letter === null) return null;
  const { frames_used_for_score: used, frames_sampled: sampled, frames_with_face: withFace } = result;
  return <li>{t("frames", { used, sampled, withFace, letter })}</li>;
}

function Peak({ result }: { result: AnalysisResult }) {
  const clock = useTimeText();
  const t = useTranslations("result.why");
  const peak = peakOf(result);
  // Beside a verdict that is withheld, a number of one frame would pass for an estimate.
  if (peak === null || estimateGiven(result.verdict, result.final_score) === null) return null;
  const { deciding_person: letter } = result;
  return (
    <li>{t("peak", { letter: letter ?? "", estimate: percent(peak.score), time: clock(peak.timeMs) })}</li>
  );
}
