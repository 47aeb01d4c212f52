"use client";

import dynamic from "next/dynamic";
import Link from "next/link";
import { useEffect, useMemo, type ReactNode } from "react";
import { useTranslations } from "use-intl";

import { useLimits } from "@/api/queries";
import type { AnalysisResult, ResultAnswer } from "@/api/schema";
import { keptFor } from "@/i18n/format";
import { usePageTitle } from "@/ui/use-page-title";
import { useAnnounce } from "@/ui/announcer";
import { Button, buttonClass } from "@/ui/button";
import { Notice } from "@/ui/notice";
import { labelOf } from "@/ui/verdict";
import { signOf } from "@/ui/verdict-mark";
import { mediaUrls } from "@/viewer/source";
import type { OnMark, Source } from "@/viewer/viewer";

import type { FeedbackAccess } from "@/result/feedback/feedback";
import { BackToTheFile, MarksCard } from "@/result/marks/marks-card";
import { DetailsCard } from "@/result/trust/details-card";
import { NearCard } from "@/result/near/near-card";
import { NextCard } from "./next-card";
import { PeopleTable } from "@/result/people/people-table";
import { useNotFaces, type NotFaces } from "@/result/reader/not-faces";
import { canBeComputedAgain, withoutPersons } from "@/result/reader/without-persons";
import { ProvenanceCard } from "@/result/provenance/provenance-card";
import { SignedNotice } from "@/result/provenance/signed-notice";
import { ResultHeader } from "./result-header";
import { SourceCard } from "@/result/source/source-card";
import { TrustCard } from "@/result/trust/trust-card";
import { useVerdictWords } from "@/result/verdict/use-verdict-words";
import { VerdictCard } from "@/result/verdict/verdict-card";
import { WhyCard } from "./why-card";

// Drawing comes late: the verdict must not wait for it.
const Viewer = dynamic(() => import("@/viewer/viewer").then((module) => module.Viewer), {
  ssr: false,
  // As high as a window, so that what comes below it is not seen to move.
  loading: () => <div className="min-h-dvh w-full rounded-card border border-line bg-sunken" />,
});

// Below everything that is read first; its room is not kept, since few are asked.
const FeedbackLine = dynamic(
  () => import("@/result/feedback/feedback-line").then((module) => module.FeedbackLine),
  { ssr: false },
);

const SoundCard = dynamic(() => import("@/result/sound/sound-card").then((module) => module.SoundCard), {
  ssr: false,
});

// Evidence to the left, what is said of it to the right. Without a picture the verdict moves there.
const LEFT = "lg:col-span-7 lg:col-start-1";
const RIGHT = "lg:col-span-5 lg:col-start-8";
const STACK = "flex min-w-0 flex-col gap-4 sm:gap-6";

type Props = {
  answer: ResultAnswer;
  result: AnalysisResult;
  source: Source;
  /** The analysis has ended while this page was open: the focus goes to the verdict. */
  fresh: boolean;
  shared?: boolean;
  /** The page where another file is set beside this one. */
  compare: string;
  /** Has a face scored that was missed; absent where none can be marked. */
  onMark?: OnMark;
  /** How the reader's answer to "Was this right?" is kept. */
  feedback: FeedbackAccess;
  /** What is to be said of the file's pictures before all else. */
  notice?: ReactNode;
  /** Buttons of the header. */
  actions: ReactNode;
};

/** A finished analysis, in the order of the questions that readers have: face, verdict, who and when, why, trust, next. */
export function ResultView(props: Props) {
  const { answer: told, result: found, source, fresh, shared = false, onMark, notice, actions } = props;
  const { compare, feedback } = props;
  const marked = useNotFaces(told.job_id);
  const result = useMemo(() => withoutPersons(found, marked.letters), [found, marked.letters]);
  const answer = useMemo(() => ({ ...told, result }), [told, result]);
  const video = answer.media_type === "video" && !result.marked;
  const people = result.tracks.length > 0;
  const pictured =
    people || mediaUrls(answer, source).length > 0 || (!answer.files_deleted && result.preview_url !== null);
  const search = useLimits().data?.reverse_search_links ?? false;
  usePageTitle(`${useBrief(result)}: ${answer.metadata.original_filename} - DeepShield`);
  useAnnouncedSecondLine(result, fresh);
  const next = (
    <NextCard
      compare={compare}
      files={people && !answer.files_deleted}
      search={search}
      signs={result.predicted_manipulation === true}
      shared={shared}
    />
  );
  return (
    <div className="flex flex-col gap-4 sm:gap-6">
      <ResultHeader answer={answer} result={result}>
        {actions}
      </ResultHeader>
      {answer.marked_from && <BackToTheFile id={answer.marked_from} />}
      {notice}
      {answer.files_deleted && <FilesGone shared={shared} />}
      <div className="grid grid-cols-[minmax(0,1fr)] gap-4 sm:gap-6 lg:grid-cols-12 lg:grid-rows-[auto_1fr]">
        <div className={`min-w-0 lg:row-start-1 ${pictured ? RIGHT : LEFT}`}>
          <SignedNotice result={result} />
          <VerdictCard result={result} focus={fresh} own={!shared} />
          <Marked marked={marked} />
        </div>
        <div className={`${STACK} ${LEFT} ${pictured ? "lg:row-span-2 lg:row-start-1" : "lg:row-start-2"}`}>
          {pictured ? (
            <>
              <Viewer answer={answer} source={source} search={search} onMark={onMark} />
              {onMark && <MarksCard answer={answer} />}
              <PeopleTable
                {...{ result, source, video }}
                onNotFace={canBeComputedAgain(found) && !found.marked ? marked.toggle : undefined}
              />
              {people ? <WhyCard result={result} video={video} /> : next}
            </>
          ) : (
            next
          )}
        </div>
        <div className={`${STACK} ${RIGHT} ${pictured ? "lg:row-start-2" : "lg:row-span-2 lg:row-start-1"}`}>
          {!shared && !result.marked && <NearCard id={answer.job_id} />}
          <ProvenanceCard result={result} />
          {result.sound && <SoundCard sound={result.sound} />}
          <TrustCard answer={answer} result={result} />
          {people && next}
        </div>
      </div>
      <FeedbackLine access={feedback} />
      <SourceCard answer={answer} />
      <DetailsCard answer={answer} result={result} reader={result !== found} />
    </div>
  );
}

/** Says that the reader has left people out, and takes them back. */
function Marked({ marked: { letters, toggle } }: { marked: NotFaces }) {
  const t = useTranslations("result.reader");
  if (letters.length === 0) return null;
  return (
    <div role="status" className="mt-4 rounded-card border border-line bg-surface p-4">
      <p>{t("without", { letters: letters.join(", "), count: letters.length })}</p>
      <div className="mt-2 flex flex-wrap gap-2 print:hidden">
        {letters.map((letter) => (
          <Button key={letter} onClick={() => toggle(letter)}>
            {t("back", { letter })}
          </Button>
        ))}
      </div>
    </div>
  );
}

function useBrief(result: AnalysisResult): string {
  const t = useTranslations("common.verdict.brief");
  return t(signOf(result.verdict, labelOf(result)));
}

/** The focus reads out the heading; what belongs to it follows in the live region, once. */
function useAnnouncedSecondLine(result: AnalysisResult, fresh: boolean): void {
  const announce = useAnnounce();
  const { second } = useVerdictWords(result);
  useEffect(() => {
    if (fresh && second !== null) announce(second);
  }, [announce, fresh, second]);
}

function FilesGone({ shared }: { shared: boolean }) {
  const t = useTranslations();
  const hours = useLimits().data?.retention.artifact_hours;
  const again = (
    <Link href="/" className={buttonClass()}>
      {t("common.actions.analyseAgain")}
    </Link>
  );
  if (hours === undefined) return null;
  return (
    <Notice actions={shared ? undefined : again}>{t("result.expiry.files", { span: keptFor(hours) })}</Notice>
  );
}
