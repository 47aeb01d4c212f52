"use client";

import type { ReactNode } from "react";
import { useTranslations } from "use-intl";

import type { AnalysisResult } from "@/api/schema";
import { Card } from "@/ui/card";

import { SignedRecordPart } from "./signed-record";
import { UnsignedPart } from "./unsigned";

/** What the file says of itself, signed and not; nothing for results of earlier releases. */
export function ProvenanceCard({ result }: { result: AnalysisResult }) {
  const t = useTranslations("provenance");
  const said = result.provenance ?? null;
  if (said === null) return null;
  return (
    <Card title={t("title")} id="provenance">
      <p className="mb-4 text-sm text-muted">{t("lead")}</p>
      <div className="flex flex-col gap-6">
        <Part title={t("record")}>
          <SignedRecordPart record={said.credentials} />
        </Part>
        <Part title={t("unsigned")}>
          <UnsignedPart said={said} />
        </Part>
      </div>
    </Card>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section>
      <h3 className="mb-2 font-semibold">{title}</h3>
      {children}
    </section>
  );
}
