"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useFormatter, useTranslations } from "use-intl";

import { api, unwrap } from "@/api/client";
import type { ApiError } from "@/api/errors";
import { keys } from "@/api/queries";
import type { NearCopies, NearCopy } from "@/api/schema";
import { failureOf } from "@/failures/failure";
import { useFailureText } from "@/failures/use-failure-words";
import { useOutcome } from "@/result/use-outcome";
import { Card } from "@/ui/card";

const LINK = "inline-flex min-h-11 items-center underline [overflow-wrap:anywhere] pointer-fine:min-h-6";

/** The account's other analyses of files that show the same; nothing where there are none. */
export function NearCard({ id }: { id: string }) {
  const t = useTranslations("result.near");
  const failed = useFailureText();
  const { data, error } = useQuery<NearCopies, ApiError>({
    queryKey: keys.near(id),
    queryFn: () => unwrap(api.GET("/api/jobs/{job_id}/near", { params: { path: { job_id: id } } })),
  });
  const copies = data?.copies ?? [];
  if (error?.code === "READING_BLIND")
    return (
      <Card title={t("title")} id="near">
        <p className="text-sm text-muted">{failed(failureOf(error))}</p>
      </Card>
    );
  if (copies.length === 0) return null;
  return (
    <Card title={t("title")} id="near">
      <ul className="flex flex-col gap-3">
        {copies.map((copy) => (
          <li key={copy.job_id}>
            <Copy of={id} copy={copy} />
          </li>
        ))}
      </ul>
      <p className="mt-3 text-sm text-muted">{t("how")}</p>
    </Card>
  );
}

function Copy({ of, copy }: { of: string; copy: NearCopy }) {
  const t = useTranslations("result.near");
  const format = useFormatter();
  const outcome = useOutcome();
  const [here, there] = [encodeURIComponent(of), encodeURIComponent(copy.job_id)];
  return (
    <>
      <p className="[overflow-wrap:anywhere]">
        {t(copy.same_file ? "same" : "copy", {
          name: copy.original_filename,
          date: format.dateTime(new Date(copy.created_at), { dateStyle: "medium" }),
          form: formOf(copy),
          verdict: copy.withheld
            ? t("withheld")
            : copy.verdict === null
              ? t("unknown")
              : outcome(copy.verdict, copy.final_score),
        })}
      </p>
      <div className="text-sm">
        {copy.shared && <Shared shared={copy.shared} />}
        <span className="flex flex-wrap gap-x-4 print:hidden">
          <Link href={`/result/?id=${there}`} className={LINK}>
            {t("open", { name: copy.original_filename })}
          </Link>
          <Link href={`/compare/?a=${here}&b=${there}`} className={LINK}>
            {t("compare", { name: copy.original_filename })}
          </Link>
        </span>
      </div>
    </>
  );
}

function Shared({ shared }: { shared: NonNullable<NearCopy["shared"]> }) {
  const t = useTranslations("result.near");
  const still = shared.frames === 1 && shared.frames_there === 1;
  return (
    <span className="block text-muted">
      {still ? t("bits", { bits: shared.bits }) : t("frames", { ...shared })}
    </span>
  );
}

/** How this file is turned against the other, for a message's choice. */
function formOf({ shared }: NearCopy): "upright" | "turned" | "mirrored" | "both" {
  const form = shared?.form ?? "upright";
  if (form === "upright" || form === "mirrored") return form;
  return form.startsWith("turned") ? "turned" : "both";
}
