"use client";

import { useRouter, useSearchParams } from "next/navigation";
import { useMemo, useState, type ReactNode } from "react";
import { useTranslations } from "use-intl";

import type { ResultAnswer } from "@/api/schema";
import { failureOf } from "@/failures/failure";
import { useFailureText } from "@/failures/use-failure-words";
import { localFile } from "@/jobs/remembered";
import { useJob } from "@/jobs/use-job";
import { Button } from "@/ui/button";
import { Notice } from "@/ui/notice";
import { PageHeading } from "@/ui/page-heading";
import { useHydrated } from "@/ui/use-hydrated";
import { usePageTitle } from "@/ui/use-page-title";
import { evidenceOf } from "@/viewer/compared";

import { useChoices } from "./choices";
import { Chooser, type Chosen } from "./chooser";
import { Differences } from "./differences";
import { Photos } from "./photos";
import type { Compared } from "./side";
import { Videos } from "./videos";

/** Two analyses side by side, `?a=` and `?b=`: original and suspect, or two copies. */
export function Compare() {
  const t = useTranslations("compare");
  const hydrated = useHydrated();
  usePageTitle(`${t("title")} - DeepShield`);
  return (
    <div className="flex flex-col gap-4 sm:gap-6">
      <header>
        <PageHeading>{t("title")}</PageHeading>
        <p className="mt-1 max-w-prose text-muted">{t("lead")}</p>
      </header>
      {hydrated ? <Files /> : <Waiting />}
    </div>
  );
}

function Files() {
  const t = useTranslations("compare");
  const router = useRouter();
  const query = useSearchParams();
  const chosen = { a: query.get("a") ?? "", b: query.get("b") ?? "" };
  const choices = useChoices();
  const choose = ({ a, b }: Chosen) => router.replace(`/compare/?${new URLSearchParams({ a, b })}`);
  const { a, b } = chosen;
  return (
    <>
      <Chooser {...{ chosen, choices }} onChoose={choose} />
      {a === "" || b === "" ? (
        <Notice>{t(choices.length < 2 ? "tooFew" : "chooseBoth")}</Notice>
      ) : (
        <Both key={`${a} ${b}`} a={a} b={b} />
      )}
    </>
  );
}

function Both({ a, b }: Chosen) {
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
      original: unseen && answer.upload_kept ? `/api/jobs/${encodeURIComponent(id)}/original` : null,
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

/** Holds the page's place. */
export function Waiting() {
  const t = useTranslations("common");
  return (
    <div role="status" className="min-h-dvh">
      <span className="sr-only">{t("loading")}</span>
    </div>
  );
}
