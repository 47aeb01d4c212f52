"use client";

import { useMemo, useSyncExternalStore } from "react";
import { useTranslations } from "use-intl";

import { sharedJob } from "@/jobs/access";
import { Analysing } from "@/jobs/analysing";
import { fetchSharedFile, fetchSharedReport } from "@/jobs/files";
import { useJob } from "@/jobs/use-job";
import { ExportMenu, ReportButton } from "@/result/actions/actions";
import { sharedFeedback } from "@/result/feedback/feedback";
import { Notice } from "@/ui/notice";
import { useFetchedSource } from "@/viewer/fetched-source";

import { EndScreen, ProblemScreen } from "./problem-screen";
import { Loading } from "./result-page";
import { ResultView } from "./result-view";
import { screenOf } from "./screen";

/** A result by a share link, `/s/#token`: to be looked at and exported, not to be changed. */
export function SharedPage() {
  const token = useFragment();
  if (token === null) return <Loading />;
  return token === "" ? (
    <EndScreen end="sharedGone" focus={false} />
  ) : (
    <SharedJob key={token} token={token} />
  );
}

function SharedJob({ token }: { token: string }) {
  const t = useTranslations("result.shared");
  const access = useMemo(() => sharedJob(token), [token]);
  const fetchFile = useMemo(() => fetchSharedFile(token), [token]);
  const { answer, error, live } = useJob(token, access);
  const source = useFetchedSource(fetchFile, answer);
  const screen = screenOf(answer, error, live === "offline");
  switch (screen.kind) {
    case "loading":
      return <Loading />;
    case "analysing":
      return <Analysing answer={screen.answer} live={live} />;
    case "problem": {
      const gone = ["NOT_FOUND", "UNAUTHORIZED", "EXPIRED"].includes(screen.failure.code);
      return gone ? (
        <EndScreen end="sharedGone" />
      ) : (
        <ProblemScreen failure={screen.failure} error={screen.error} />
      );
    }
    case "verdict":
      return (
        <div className="flex flex-col gap-4 sm:gap-6">
          <Notice title={t("title")}>{t("note")}</Notice>
          <ResultView
            answer={screen.answer}
            result={screen.result}
            source={source}
            fresh={false}
            shared
            compare={`/compare/#a=${token}`}
            feedback={sharedFeedback(token)}
            actions={
              <>
                <ExportMenu answer={screen.answer} result={screen.result} fetchFile={fetchFile} />
                <ReportButton answer={screen.answer} fetchReport={fetchSharedReport(token)} />
              </>
            }
          />
        </div>
      );
  }
}

/** The token in the address's fragment, which a moment may follow; null before the browser has the page. */
function useFragment(): string | null {
  return useSyncExternalStore(subscribe, read, () => null);
}

function subscribe(changed: () => void): () => void {
  addEventListener("hashchange", changed);
  return () => removeEventListener("hashchange", changed);
}

function read(): string {
  return location.hash.slice(1).split("&")[0] ?? "";
}
