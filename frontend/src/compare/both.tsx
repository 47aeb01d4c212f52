"use client";

import { useMemo, useState, type ReactNode } from "react";
import { useTranslations } from "use-intl";

import type { ResultAnswer } from "@/api/schema";
import { inWorkspace } from "@/api/workspace";
import { failureOf } from "@/failures/failure";
import { useFailureText } from "@/failures/use-failure-words";
import { localFile } from "@/jobs/remembered";
import { useJob } from "@/jobs/use-job";
import { Button } from "@/ui/button";
import { Notice } from "@/ui/notice";
import { evidenceOf } from "@/viewer/compared";

import type { Chosen } from "./chooser";
import { Differences } from "./differences";
import { Photos } from "./photos";
import type { Compared } from "./side";
import { Videos } from "./videos";
import { Waiting } from "./waiting";

/** Two chosen files beside each other, or what stands in the way. */
export function Both({ a, b }: Chosen) {
  const [one, other] = [useCompared(a), useCompared(b)];
  if ("problem" in one) return one.problem;
  if ("problem" in other) return other.problem;
  return <Pictures files={[one, other]} />;
}

/** A job as one of two, or what stands in the way. */
function useCompared(id: string): Compared | { problem: ReactNode } {
  const t = useTranslations("compare");
  const words = useFailureText();
  const { answer, error } = useJob(id);
  const compared = useMemo(() => comparedOf(answer), [answer]);
  if (compared !== null) return compared;
  const name = answer?.metadata.original_filename ?? "";
  if (error !== undefined) return { problem: <Notice tone="danger">{words(failureOf(error))}</Notice> };
  if (answer === undefined) return { problem: <Waiting /> };
  const ended = answer.state === "FAILED" || answer.state === "CANCELLED";
  return { problem: <Notice>{t(ended ? "noResult" : "notYet", { name })}</Notice> };
}

function comparedOf(answer: ResultAnswer | undefined): Compared | null {
  if (answer?.state !== "COMPLETED" || answer.result === null) return null;
  const { result, files_deleted: gone, job_id: id } = answer;
  const unseen = result.media.type === "video" && result.preview_url === null;
  return {
    answer,
    result,
    evidence: evidenceOf(result),
    source: {
      artifactUrl: (url) => (gone ? null : (url ?? null)),
      localFile: localFile(id),
      original:
        unseen && answer.upload_kept ? inWorkspace(`/api/jobs/${encodeURIComponent(id)}/original`) : null,
    },
  };
}

function Pictures({ files }: { files: readonly [Compared, Compared] }) {
  const t = useTranslations();
  const [boxes, setBoxes] = useState(true);
  const toggle = () => setBoxes(!boxes);
  const [one, other] = files.map(({ evidence }) => evidence.kind);
  return (
    <>
      <div className="print:hidden">
        <Button aria-pressed={boxes} onClick={toggle}>
          {t(boxes ? "compare.hideBoxes" : "compare.showBoxes")}
        </Button>
      </div>
      {one !== other && <Notice>{t("compare.kinds")}</Notice>}
      {one === "video" && other === "video" ? (
        <Videos {...{ files, boxes }} onBoxes={toggle} />
      ) : one === other ? (
        <Photos {...{ files, boxes }} />
      ) : null}
      <Differences files={files} />
    </>
  );
}
