"use client";

import { useQueryClient } from "@tanstack/react-query";
import { Download } from "lucide-react";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { useFormatter, useLocale, useTranslations } from "use-intl";

import { keys, useMay } from "@/api/queries";
import type { DatasetVersionDetails } from "@/api/schema";
import { inWorkspace } from "@/api/workspace";
import { Problem } from "@/failures/problem";
import { bytes } from "@/i18n/format";
import { useKindText } from "@/review/kinds";
import { useAnnounce } from "@/ui/announcer";
import { Button, ButtonLink } from "@/ui/button";
import { Card } from "@/ui/card";
import { Dialog } from "@/ui/dialog";
import { EraseTexts } from "@/ui/erase-texts";
import { FiguresTable } from "@/ui/figures-table";
import { PageHeading } from "@/ui/page-heading";
import { Waiting } from "@/ui/waiting";

import { LeftOut } from "./left-out";
import {
  useDatasets,
  useDeleteVersion,
  useDiff,
  useMeasure,
  useRedactVersion,
  useRetire,
  useVersion,
} from "./use-datasets";

type Props = { id: string; number: number };

/** A frozen version: what is in it, what can be taken out, and how it differs from others. */
export function VersionView({ id, number }: Props) {
  const t = useTranslations("datasets");
  const { data, error } = useVersion(id, number);
  if (error !== null) return <Problem error={error} gone={t("gone")} />;
  if (data === undefined) return <Waiting />;
  return (
    <div className="flex flex-col gap-4">
      <PageHeading className="break-words">{`${data.name}@${data.number}`}</PageHeading>
      <p className="text-sm">
        <Link href={`/datasets/?${new URLSearchParams({ id })}`} className="underline">
          {t("allVersions")}
        </Link>
      </p>
      <Facts version={data} />
      <Actions version={data} />
      <Counts version={data} />
      <Differences id={id} number={number} />
    </div>
  );
}

function Facts({ version }: { version: DatasetVersionDetails }) {
  const t = useTranslations("datasets.fact");
  const format = useFormatter();
  const locale = useLocale();
  const { counts, split } = version;
  const shares = (["train", "validation", "test"] as const)
    .map((one) => `${t(one)} ${Math.round(100 * split[one])} %`)
    .join(", ");
  const facts: [string, string][] = [
    [t("frozen"), format.dateTime(new Date(version.frozen_at), { dateStyle: "medium", timeStyle: "short" })],
    [
      t("files"),
      t("filesOf", {
        files: counts.files,
        unmanipulated: counts.real,
        manipulated: counts.fake,
        size: bytes(counts.bytes, locale),
      }),
    ],
    [t("kept"), t("keptOf", { kept: version.kept, files: counts.files })],
    [t("withdrawn"), t("keptOf", { kept: version.withdrawn, files: counts.files })],
    [t("groups"), String(counts.groups)],
    [t("near"), counts.near_copies ? t("nearOf", { ...counts.near_copies }) : t("nearNot")],
    [t("licence"), version.licence],
    [t("consent"), t(`consents.${version.consent}`)],
    [t("query"), version.query ?? (version.redacted.includes("query") ? t("erased") : t("noQuery"))],
    ...(version.note !== null || version.redacted.includes("note")
      ? [[t("note"), version.note ?? t("erased")] satisfies [string, string]]
      : []),
    [t("splits"), `${shares}; ${t("seed", { seed: split.seed })}`],
    [t("hash"), version.manifest_sha256],
  ];
  return (
    <Card>
      <dl className="grid gap-x-6 gap-y-2 sm:grid-cols-[max-content_minmax(0,1fr)]">
        {facts.map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="text-sm text-muted">{name}</dt>
            <dd className="min-w-0 break-words">{value}</dd>
          </div>
        ))}
      </dl>
      <LeftOut counts={version.left_out} readBlind={version.counts.read_blind} />
      {version.used_for.includes("training") && <p className="mt-3">{t("trained")}</p>}
      {version.retired_at !== null && <p className="mt-3 text-muted">{t("retired")}</p>}
    </Card>
  );
}

function Actions({ version }: { version: DatasetVersionDetails }) {
  const t = useTranslations("datasets.action");
  const router = useRouter();
  const { dataset_id: id, number } = version;
  const mayExport = useMay("export");
  const may = useMay("datasets");
  const measure = useMeasure(id, number);
  const retire = useRetire(id, number);
  const announce = useAnnounce();
  const client = useQueryClient();
  const erase = useTranslations("datasets.erase");
  const mayErase = useMay("delete");
  const redact = useRedactVersion(id, number);
  const remove = useDeleteVersion(id, number);
  const [asked, setAsked] = useState<"measure" | "retire" | "delete" | null>(null);
  const there = `/api/datasets/${id}/versions/${number}`;
  const begin = (recheck: boolean) => {
    if (measure.isPending) return;
    setAsked(null);
    measure.mutate(
      { recheck },
      { onSuccess: (made) => router.push(`/measure/?${new URLSearchParams({ id: made.id })}`) },
    );
  };
  const removeNow = () => {
    if (remove.isPending) return;
    setAsked(null);
    remove.mutate(undefined, {
      onSuccess: () => {
        router.replace(`/datasets/?${new URLSearchParams({ id })}`);
        client.removeQueries({ queryKey: [...keys.datasets, id, number] });
        void client.invalidateQueries({ queryKey: keys.datasets, exact: true });
      },
    });
  };
  const texts = (["query", "note"] as const).filter((text) => version[text] !== null);
  const error = measure.error ?? retire.error ?? redact.error ?? remove.error;
  return (
    <>
      <div className="flex flex-wrap gap-2">
        {may && (
          <Button look="primary" onClick={() => setAsked("measure")} aria-disabled={measure.isPending}>
            {t("measure")}
          </Button>
        )}
        {mayExport &&
          (["archive.zip", "manifest.jsonl", "croissant.json"] as const).map((file) => (
            <ButtonLink key={file} href={inWorkspace(`${there}/${file}`)} download>
              <Download aria-hidden className="size-4" />
              {file}
            </ButtonLink>
          ))}
        {may && version.retired_at === null && (
          <Button look="quiet" onClick={() => setAsked("retire")} aria-disabled={retire.isPending}>
            {t("retire")}
          </Button>
        )}
        {mayErase && (
          <EraseTexts
            texts={texts.map((text) => [text, erase(text)] as const)}
            words={{ open: erase("open"), text: erase("ofVersion"), confirm: erase("confirm") }}
            busy={redact.isPending}
            onErase={(texts) => redact.mutate(texts, { onSuccess: () => announce(erase("done")) })}
          />
        )}
        {mayErase && version.retired_at !== null && (
          <Button look="quiet" onClick={() => setAsked("delete")} aria-disabled={remove.isPending}>
            {t("delete")}
          </Button>
        )}
      </div>
      {mayExport && <p className="max-w-prose text-sm text-muted">{t("exportText")}</p>}
      <Problem error={error} />
      {asked === "measure" && (
        <Dialog open onOpenChange={() => setAsked(null)} title={t("measure")} description={t("measureText")}>
          <div className="flex flex-wrap gap-2">
            <Button look="primary" onClick={() => begin(true)}>
              {t("measureAll")}
            </Button>
            <Button onClick={() => begin(false)}>{t("measureThese")}</Button>
          </div>
        </Dialog>
      )}
      {asked === "delete" && (
        <Dialog open onOpenChange={() => setAsked(null)} title={t("delete")} description={t("deleteText")}>
          <Button look="danger" onClick={removeNow}>
            {t("deleteYes")}
          </Button>
        </Dialog>
      )}
      {asked === "retire" && (
        <Dialog open onOpenChange={() => setAsked(null)} title={t("retire")} description={t("retireText")}>
          <Button
            look="danger"
            onClick={() => {
              setAsked(null);
              retire.mutate();
            }}
          >
            {t("retire")}
          </Button>
        </Dialog>
      )}
    </>
  );
}

function Counts({ version: { counts } }: { version: DatasetVersionDetails }) {
  const t = useTranslations("datasets");
  const kind = useKindText();
  const sourceOf = (source: string) => {
    const known = `source.${source}` as "source.upload";
    return t.has(known) ? t(known) : source;
  };
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-4 lg:grid-cols-2">
      <Card title={t("count.title")}>
        <FiguresTable
          words={3}
          caption={t("count.title")}
          columns={[t("count.label"), t("count.kind"), t("count.source"), t("count.files")]}
          rows={counts.cells.map((cell) => [
            t(`label.${cell.label as "authentic" | "manipulated" | "generated"}`),
            cell.kind === null ? "–" : kind(cell.kind),
            sourceOf(cell.source),
            String(cell.files),
          ])}
        />
      </Card>
      <Card title={t("count.splits")}>
        <FiguresTable
          caption={t("count.splits")}
          columns={[t("count.split"), t("count.real"), t("count.fake"), t("count.groups")]}
          rows={(["train", "validation", "test"] as const).flatMap((name) => {
            const split = counts.splits[name];
            return split === undefined || split.files === 0
              ? []
              : [[t(`fact.${name}`), String(split.real), String(split.fake), String(split.groups)]];
          })}
        />
      </Card>
    </div>
  );
}

function Differences({ id, number }: Props) {
  const t = useTranslations("datasets.diff");
  const others = (useDatasets().data?.datasets.find((one) => one.id === id)?.versions ?? []).filter(
    (one) => one.number !== number,
  );
  const [to, setTo] = useState<number | null>(null);
  const { data, error } = useDiff(id, number, to);
  if (others.length === 0) return null;
  return (
    <Card title={t("title")}>
      <label className="flex flex-wrap items-center gap-3">
        {t("to")}
        <select
          value={to ?? ""}
          onChange={({ target }) => setTo(target.value === "" ? null : Number(target.value))}
          className="min-h-11 rounded-control border border-control bg-surface px-3"
        >
          <option value="">{t("choose")}</option>
          {others.map((one) => (
            <option key={one.id} value={one.number}>
              {one.number}
            </option>
          ))}
        </select>
      </label>
      <div role="status" className="mt-3">
        {data !== undefined && (
          <p>
            {t("told", {
              to: to ?? 0,
              same: data.same,
              added: data.added,
              removed: data.removed,
              relabelled: data.relabelled,
              moved: data.moved,
            })}
          </p>
        )}
      </div>
      <Problem error={error} />
    </Card>
  );
}
