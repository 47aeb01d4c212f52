"use client";

import { WifiOff } from "lucide-react";
import { useEffect, useRef } from "react";
import { useTranslations } from "use-intl";

import type { ResultAnswer } from "@/api/schema";
import { useAnnounce } from "@/ui/announcer";
import { Button } from "@/ui/button";
import { PageHeading } from "@/ui/page-heading";

import { useMayChange } from "./may-change";
import { Poster } from "./poster";
import { ProgressBar, StageList } from "./progress";
import { announcement, type JobProgress } from "./stages";
import type { Live } from "./use-job";
import { useStepWords } from "./use-step-words";
import { usePageTitle } from "@/ui/use-page-title";

type Props = {
  /** A job that has not ended. */
  answer: ResultAnswer;
  /** Called by [Cancel]; without it, or in a browser that may not change the job, there is no such button. */
  onCancel?: () => void;
  /** The uploaded file, where this page still has it. */
  localFile?: File | null;
  /** As `useJob` returns it; a lost connection is shown. */
  live?: Live;
};

/** A job under way: its stage, its counts, and that the page can be left. Also announces progress and sets the tab's title. */
export function Analysing({ answer, onCancel, localFile = null, live }: Props) {
  const t = useTranslations();
  const name = answer.metadata.original_filename;
  const percent = answer.progress_percent;
  const mayChange = useMayChange(answer);
  const words = useStepWords();
  const place = words.place(answer);
  usePageTitle(t("analyse.progress.tab", { percent, name }));
  useProgressAnnouncements(answer);
  return (
    <div className="mx-auto flex max-w-4xl flex-col gap-4 sm:gap-6">
      <div className="flex items-start justify-between gap-4">
        <PageHeading focus className="min-w-0 text-xl [overflow-wrap:anywhere] sm:text-2xl">
          {name}
        </PageHeading>
        {onCancel && mayChange && (
          <Button onClick={onCancel} className="shrink-0">
            {t("common.actions.cancel")}
          </Button>
        )}
      </div>
      <div className="grid gap-6 rounded-card border border-line bg-surface p-4 sm:grid-cols-2 sm:p-6">
        <Poster
          file={localFile}
          kind={answer.media_type}
          className="aspect-video w-full rounded-control sm:aspect-auto sm:min-h-72"
        />
        <div className="flex min-w-0 flex-col gap-6">
          <div>
            <div className="mb-2 flex items-baseline justify-between gap-3">
              <p className="font-semibold">{words.step(answer)}</p>
              <p className="text-xl font-semibold">{t("analyse.progress.percent", { percent })}</p>
            </div>
            <ProgressBar value={percent} label={t("analyse.progress.label", { name })} />
            {place !== null && <p className="mt-2">{place}</p>}
          </div>
          <StageList answer={answer} />
        </div>
      </div>
      <Footnotes answer={answer} offline={live === "offline"} />
    </div>
  );
}

function Footnotes({ answer, offline }: { answer: ResultAnswer; offline: boolean }) {
  const t = useTranslations("analyse.progress");
  return (
    <div className="flex flex-col gap-1 text-muted">
      {offline && (
        <p role="alert" className="flex items-center gap-2 text-text">
          <WifiOff aria-hidden className="size-4 shrink-0" />
          {t("lost")}
        </p>
      )}
      <p>{t("leave")}</p>
      {answer.attempts > 1 && <p>{t("again", { attempt: answer.attempts })}</p>}
    </div>
  );
}

/** Announce a job's stages and each quarter to screen readers. */
export function useProgressAnnouncements({ state, stage, progress_percent }: JobProgress): void {
  const t = useTranslations();
  const announce = useAnnounce();
  const before = useRef<JobProgress | null>(null);
  useEffect(() => {
    const now = { state, stage, progress_percent };
    const news = announcement(before.current, now);
    before.current = now;
    if (news === null) return;
    announce(
      "stage" in news
        ? t(`common.stage.${news.stage}`)
        : t("analyse.progress.percent", { percent: news.percent }),
    );
  }, [announce, t, state, stage, progress_percent]);
}
