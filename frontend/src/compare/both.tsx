"use client";

import { useMemo, useState, type ReactNode } from "react";
import { useTranslations } from "use-intl";

import type { ResultAnswer } from "@/api/schema";
import { inWorkspace } from "@/api/workspace";
import { failureOf } from "@/failures/failure";
import { useFailureText } from "@/failures/use-failure-words";
import { oneOfSeveral, sharedJob, workspaceOf } from "@/jobs/access";
import { fetchSharedFile } from "@/jobs/files";
import { localFile } from "@/jobs/remembered";
import { useJob } from "@/jobs/use-job";
import { Button } from "@/ui/button";
import { Notice } from "@/ui/notice";
import { evidenceOf } from "@/viewer/compared";
import { useFetchedSource } from "@/viewer/fetched-source";
import type { Source } from "@/viewer/source";

import { resultOf, type FileRef } from "./address";
import { Differences } from "./differences";
import { Photos } from "./photos";
import type { Compared } from "./side";
import { Videos } from "./videos";
import { Waiting } from "./waiting";

type Ref = Exclude<FileRef, "">;

/** Two chosen files beside each other, or what stands in the way. */
export function Both({ a, b }: { a: Ref; b: Ref }) {
  const [one, other] = [useCompared(a), useCompared(b)];
  if ("problem" in one) return one.problem;
  if ("problem" in other) return other.problem;
  return <Pictures files={[one, other]} />;
}

/** A file as one of two, or what stands in the way. */
function useCompared(file: Ref): Compared | { problem: ReactNode } {
  const t = useTranslations("compare");
  const words = useFailureText();
  const token = "token" in file ? file.token : null;
  const id = "id" in file ? file.id : "";
  const access = useMemo(() => (token === null ? oneOfSeveral(id) : sharedJob(token)), [id, token]);
  const { answer, error } = useJob(token ?? id, access);
  const fetchFile = useMemo(() => fetchSharedFile(token ?? ""), [token]);
  const fetched = useFetchedSource(fetchFile, token === null ? undefined : answer);
  const compared = useMemo(
    () => comparedOf(answer, token === null ? null : fetched, resultOf(token === null ? { id } : { token })),
    [answer, token, id, fetched],
  );
  if (compared !== null) return compared;
  const name = answer?.metadata.original_filename ?? "";
  if (error !== undefined) {
    const gone = token !== null && ["NOT_FOUND", "UNAUTHORIZED", "EXPIRED"].includes(error.code);
    const text = gone ? t("linkGone") : words(failureOf(error));
    return { problem: <Notice tone="danger">{text}</Notice> };
  }
  if (answer === undefined) return { problem: <Waiting /> };
  const ended = answer.state === "FAILED" || answer.state === "CANCELLED";
  return { problem: <Notice>{t(ended ? "noResult" : "notYet", { name })}</Notice> };
}

function comparedOf(
  answer: ResultAnswer | undefined,
  shared: Source | null,
  address: string,
): Compared | null {
  if (answer?.state !== "COMPLETED" || answer.result === null) return null;
  const { result, files_deleted: gone, job_id: id } = answer;
  const unseen = result.media.type === "video" && result.preview_url === null;
  return {
    answer,
    result,
    address,
    evidence: evidenceOf(result),
    source: shared ?? {
      artifactUrl: (url) => (gone ? null : (url ?? null)),
      localFile: localFile(id),
      original:
        unseen && answer.upload_kept
          ? inWorkspace(`/api/jobs/${encodeURIComponent(id)}/original`, workspaceOf(id))
          : null,
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
