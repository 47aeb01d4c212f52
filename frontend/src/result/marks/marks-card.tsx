"use client";

import Link from "next/link";
import { useTranslations } from "use-intl";

import type { MarkedFace, ResultAnswer } from "@/api/schema";
import { useTimeText } from "@/i18n/use-time-text";
import { isFinal } from "@/jobs/stages";
import { useOutcome } from "@/result/use-outcome";
import { Card } from "@/ui/card";

import { useMarks } from "./use-mark";

const LINK = "inline-flex min-h-11 items-center underline pointer-fine:min-h-6";

/** The faces that the reader marked in this file, each with its own result; nothing where there are none. */
export function MarksCard({ answer }: { answer: ResultAnswer }) {
  const t = useTranslations("result.marks");
  const marks = useMarks(answer.job_id, true).data?.marks ?? [];
  if (marks.length === 0) return null;
  return (
    <Card title={t("title")}>
      <ul className="flex flex-col gap-1">
        {marks.map((mark) => (
          <li key={mark.job_id}>
            <Mark mark={mark} video={answer.media_type === "video"} />
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Mark({ mark, video }: { mark: MarkedFace; video: boolean }) {
  const t = useTranslations("result.marks");
  const clock = useTimeText();
  const outcome = useStanding(mark);
  const [left = 0, top = 0, right = 0, bottom = 0] = mark.box;
  const place = { left, top, width: right - left, height: bottom - top };
  const where =
    video && mark.timestamp_ms !== null
      ? t("placeAt", { ...place, time: clock(mark.timestamp_ms) })
      : t("place", place);
  return (
    <>
      <Link href={`/result/?id=${encodeURIComponent(mark.job_id)}`} className={LINK}>
        {where}
      </Link>
      : {outcome}
    </>
  );
}

function useStanding(mark: MarkedFace): string {
  const t = useTranslations("result.marks");
  const outcome = useOutcome();
  if (!isFinal(mark.state)) return t("underWay");
  return mark.verdict === null ? t("failed") : outcome(mark.verdict, mark.final_score);
}

/** The way from a marked face's result back to that of the whole file. */
export function BackToTheFile({ id }: { id: string }) {
  const t = useTranslations("result.marks");
  return (
    <p>
      <Link href={`/result/?id=${encodeURIComponent(id)}`} className={LINK}>
        {t("back")}
      </Link>
    </p>
  );
}
