"use client";

import Link from "next/link";
import type { ReactNode } from "react";
import { useTranslations } from "use-intl";

import type { AnalysisResult, ResultAnswer } from "@/api/schema";
import { VerdictLine } from "@/ui/verdict-line";
import type { Evidence } from "@/viewer/compared";
import type { Source } from "@/viewer/source";

/** A finished analysis as one of two that are compared. */
export type Compared = {
  answer: ResultAnswer;
  /** Where its result is. */ address: string;
  result: AnalysisResult;
  evidence: Evidence;
  source: Source;
};

/** One of two files: its picture, its name, which leads to its result, and its verdict. */
export function Side({ file, number, children }: { file: Compared; number: number; children: ReactNode }) {
  const t = useTranslations("compare");
  const { answer, result, address } = file;
  return (
    <section
      aria-label={t("file", { letter: String(number) })}
      className="@container min-w-0 overflow-hidden rounded-card border border-line bg-surface"
    >
      {children}
      <div className="flex flex-col gap-1 p-4">
        <h2 className="font-semibold [overflow-wrap:anywhere]">
          {number}{" "}
          <Link href={address} className="underline">
            {answer.metadata.original_filename}
          </Link>
        </h2>
        <VerdictLine result={result} />
      </div>
    </section>
  );
}
