"use client";

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useFormatter, useLocale, useTranslations } from "use-intl";

import { api, unwrap } from "@/api/client";
import { keys, useWorkspace } from "@/api/queries";
import type { FileSource, LogEntry, ResultAnswer } from "@/api/schema";
import { inWorkspace } from "@/api/workspace";
import { bytes } from "@/i18n/format";
import { FactList } from "@/result/trust/fact-list";
import { buttonClass } from "@/ui/button";
import { Card } from "@/ui/card";

import { actionOf, readerOf } from "./log";

/** Where the file came from, and who has read what of it: not for readers of a link. */
export function SourceCard({ answer }: { answer: ResultAnswer }) {
  const t = useTranslations("result.source");
  const shared = useWorkspace()?.personal === false;
  if (!answer.source) return null;
  return (
    <Card title={t("title")} id="source">
      <SourceFacts answer={answer} source={answer.source} />
      <Requests source={answer.source} />
      <Log id={answer.job_id} />
      <p className="mt-4 flex flex-wrap items-center gap-3 print:hidden">
        <a
          className={buttonClass()}
          href={inWorkspace(`/api/jobs/${encodeURIComponent(answer.job_id)}/evidence.zip`)}
          download
        >
          {t("evidence")}
        </a>
        <span className="min-w-0 flex-1 basis-60 text-sm text-muted">
          {t("evidenceText")} {shared && t("evidencePart")}
        </span>
      </p>
    </Card>
  );
}

function SourceFacts({ answer, source }: { answer: ResultAnswer; source: FileSource }) {
  const t = useTranslations("result.source");
  const moment = useMoment();
  const locale = useLocale();
  return (
    <FactList
      facts={[
        {
          name: t("came"),
          value: t(`${source.kind}.${source.sender === "account" ? "account" : "visitor"}`),
        },
        { name: t("url"), value: source.url },
        ...(source.resolution
          ? [
              {
                name: t("resolved"),
                value: t("resolvedBy", {
                  url: source.resolution.url,
                  by: source.resolution.by,
                  at: moment(source.resolution.at),
                }),
              },
            ]
          : []),
        { name: t("received"), value: moment(source.received_at) },
        { name: t("name"), value: source.name },
        { name: t("type"), value: source.content_type ?? t("undeclared") },
        { name: t("size"), value: bytes(answer.metadata.stored_size_bytes, locale) },
        { name: t("hash"), value: <code className="text-xs [overflow-wrap:anywhere]">{answer.sha256}</code> },
      ]}
    />
  );
}

/** Each request on the way to a file at an address, also where that was in vain. */
export function Requests({ source }: { source: FileSource }) {
  const t = useTranslations("result.source");
  const moment = useMoment();
  if (source.hops.length === 0) return null;
  return (
    <section className="mt-4">
      <h3 className="font-semibold">{t("requests")}</h3>
      <ol className="mt-1 flex list-decimal flex-col gap-2 pl-5 text-sm">
        {source.hops.map((hop, place) => (
          <li key={place} className="[overflow-wrap:anywhere]">
            {hop.url}
            <span className="block text-muted">
              {t("hop", { at: moment(hop.at), ip: hop.ip, status: hop.status })}
              {hop.content_type !== null && `, ${hop.content_type}`}
              {hop.last_modified !== null && `, ${t("modified", { at: hop.last_modified })}`}
              {hop.etag !== null && `, ETag ${hop.etag}`}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}

/** What has happened to the job, read when it is asked for. */
function Log({ id }: { id: string }) {
  const t = useTranslations("result.source");
  const [open, setOpen] = useState(false);
  const { data, isError } = useQuery({
    queryKey: [...keys.result(id), "custody"],
    queryFn: () => unwrap(api.GET("/api/jobs/{job_id}/custody", { params: { path: { job_id: id } } })),
    enabled: open,
    staleTime: 0,
  });
  return (
    <details className="mt-4 print:hidden" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="inline-flex min-h-11 items-center underline pointer-fine:min-h-6">
        {t("log")}
      </summary>
      <p className="mt-1 text-sm text-muted">{t(isError ? "logFailed" : "logText")}</p>
      {data !== undefined && (
        <ol className="mt-2 flex flex-col gap-1 text-sm">
          {data.log.map((entry, place) => (
            <Row key={entry.position ?? `outside-${place}`} entry={entry} />
          ))}
        </ol>
      )}
    </details>
  );
}

function Row({ entry }: { entry: LogEntry }) {
  const t = useTranslations("result.source");
  const moment = useMoment();
  const action = actionOf(entry);
  return (
    <li className="[overflow-wrap:anywhere]">
      <span className="text-muted">{moment(entry.at)}</span>{" "}
      {action === null ? entry.action : t(`actions.${action}`)}, {t(`readers.${readerOf(entry)}`)}
    </li>
  );
}

function useMoment(): (iso: string) => string {
  const format = useFormatter();
  return (iso) => format.dateTime(new Date(iso), { dateStyle: "medium", timeStyle: "medium" });
}
