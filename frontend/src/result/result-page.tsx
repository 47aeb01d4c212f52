"use client";

import { useSearchParams } from "next/navigation";
import { useMemo, useState } from "react";
import { useTranslations } from "use-intl";

import { useWorkspace } from "@/api/queries";
import type { AnalysisResult, ResultAnswer } from "@/api/schema";
import { inWorkspace } from "@/api/workspace";
import { useCancelJob } from "@/jobs/actions";
import { fetchOwnFile, fetchOwnReport } from "@/jobs/files";
import { Analysing } from "@/jobs/analysing";
import { useMayChange } from "@/jobs/may-change";
import { localFile } from "@/jobs/remembered";
import { useJob } from "@/jobs/use-job";
import { Notice } from "@/ui/notice";
import type { Source } from "@/viewer/viewer";

import { CheckAgain, DeleteButton, ExportMenu, ReportButton, ShareButton } from "@/result/actions/actions";
import { ownFeedback } from "@/result/feedback/feedback";
import { PreviewNotice } from "@/result/preview/preview-notice";
import { useMark } from "@/result/marks/use-mark";
import { EndScreen, ProblemScreen } from "./problem-screen";
import { ResultView } from "./result-view";
import { screenOf } from "./screen";

/** The page of one job, named by `?id=`: under way, finished, or why there is nothing to see. */
export function ResultPage() {
  const id = useSearchParams().get("id") ?? "";
  return id === "" ? (
    <ProblemScreen failure={{ code: "NOT_FOUND" }} focus={false} />
  ) : (
    <Job key={id} id={id} />
  );
}

function Job({ id }: { id: string }) {
  const { answer, error, live } = useJob(id);
  const cancel = useCancelJob();
  const [deleted, setDeleted] = useState(false);
  // A verdict that is new to the reader takes the focus: the analysis was watched here, or its file just sent.
  const [followed, setFollowed] = useState(() => localFile(id) !== null);
  if (deleted) return <EndScreen end="deleted" answer={answer} />;
  const screen = screenOf(answer, error, live === "offline");
  if (screen.kind === "analysing" && !followed) setFollowed(true);
  switch (screen.kind) {
    case "loading":
      return <Loading />;
    case "analysing":
      return (
        <Analysing
          answer={screen.answer}
          localFile={localFile(id)}
          live={live}
          onCancel={() => cancel.mutate(id)}
        />
      );
    case "problem":
      return <ProblemScreen failure={screen.failure} answer={screen.answer} error={screen.error} />;
    case "verdict":
      return (
        <OwnResult
          answer={screen.answer}
          result={screen.result}
          fresh={followed}
          onDeleted={() => setDeleted(true)}
        />
      );
  }
}

type OwnProps = { answer: ResultAnswer; result: AnalysisResult; fresh: boolean; onDeleted: () => void };

function OwnResult({ answer, result, fresh, onDeleted }: OwnProps) {
  const id = answer.job_id;
  const gone = answer.files_deleted;
  const unseen = lacksPreview(answer, result);
  const playable = unseen && answer.upload_kept;
  const mayChange = useMayChange(answer);
  const t = useTranslations("result.foreign");
  const source = useMemo<Source>(
    () => ({
      artifactUrl: (url) => (gone ? null : (url ?? null)),
      localFile: localFile(id),
      original: playable ? inWorkspace(`/api/jobs/${encodeURIComponent(id)}/original`) : null,
    }),
    [id, gone, playable],
  );
  const mark = useMark(answer);
  const workspace = useWorkspace();
  const mayMark = workspace === null ? mayChange : workspace.may.includes("analyse");
  const view = (
    <ResultView
      answer={answer}
      result={result}
      source={source}
      fresh={fresh}
      compare={`/compare/?a=${encodeURIComponent(id)}`}
      feedback={ownFeedback(id)}
      notice={unseen && <PreviewNotice id={id} mayMake={mayChange && answer.upload_kept} />}
      onMark={mayMark && answer.upload_kept && !result.marked ? mark : undefined}
      actions={
        <>
          <ExportMenu answer={answer} result={result} fetchFile={fetchOwnFile} />
          <ReportButton answer={answer} fetchReport={fetchOwnReport(id)} />
          {mayChange && !gone && <ShareButton id={id} />}
          {answer.media_id && !result.marked && <CheckAgain mediaId={answer.media_id} />}
          {mayChange && (
            <DeleteButton id={id} name={answer.metadata.original_filename} onDeleted={onDeleted} />
          )}
        </>
      }
    />
  );
  if (mayChange || workspace !== null) return view;
  return (
    <div className="flex flex-col gap-4 sm:gap-6">
      <Notice title={t("title")}>{t("note")}</Notice>
      {view}
    </div>
  );
}

/** Whether there is no copy of the video that every browser plays, though its other pictures are kept. */
function lacksPreview(answer: ResultAnswer, result: AnalysisResult): boolean {
  const video = answer.media_type === "video" && !result.marked;
  return video && !answer.files_deleted && result.preview_url === null;
}

/** Holds the page's place while the job is read, so that nothing jumps. */
export function Loading() {
  const t = useTranslations("result");
  return (
    <div className="min-h-dvh" aria-busy="true">
      <p className="text-muted">{t("loading")}</p>
    </div>
  );
}
