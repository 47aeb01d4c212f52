"use client";

import Link from "next/link";
import { useSearchParams } from "next/navigation";
import { useState, type SyntheticEvent } from "react";
import { useFormatter, useTranslations } from "use-intl";

import { useMay, useMe } from "@/api/queries";
import type { Dataset } from "@/api/schema";
import { failureOf } from "@/failures/failure";
import { Problem } from "@/failures/problem";
import { useFailureText } from "@/failures/use-failure-words";
import { Button } from "@/ui/button";
import { useAnnounce } from "@/ui/announcer";
import { Card } from "@/ui/card";
import { EraseTexts } from "@/ui/erase-texts";
import { Field } from "@/ui/field";
import { MembersOnly } from "@/ui/members-only";
import { Notice } from "@/ui/notice";
import { PageHeading } from "@/ui/page-heading";
import { useHydrated } from "@/ui/use-hydrated";
import { usePageTitle } from "@/ui/use-page-title";
import { Waiting } from "@/ui/waiting";

import { FreezeForm } from "./freeze-form";
import { useDatasets, useMake, useRedactDataset } from "./use-datasets";
import { VersionView } from "./version-view";
import { DatasetWords } from "./words";

/** A version of a data set by id and number, a data set by its id, or the list of all. */
export function Datasets() {
  return (
    <DatasetWords>
      <Chosen />
    </DatasetWords>
  );
}

function Chosen() {
  const search = useSearchParams();
  const t = useTranslations("datasets");
  const hydrated = useHydrated();
  const me = useMe();
  usePageTitle(`${t("title")} - DeepShield`);
  if (!hydrated || me.isPending) return <Waiting />;
  if (me.data === null) return <MembersOnly title={t("title")} text={t("members")} signIn={t("signIn")} />;
  const id = search.get("id") ?? "";
  const number = Number(search.get("version"));
  if (id === "") return <All />;
  return number >= 1 ? <VersionView key={`${id} ${number}`} id={id} number={number} /> : <One id={id} />;
}

function All() {
  const t = useTranslations("datasets");
  const { data, error } = useDatasets();
  const may = useMay("datasets");
  return (
    <div className="flex flex-col gap-4">
      <div>
        <PageHeading>{t("title")}</PageHeading>
        <p className="mt-1 max-w-prose text-muted">{t("lead")}</p>
        <p className="mt-2">
          <Link href="/measure/" className="underline">
            {t("measured")}
          </Link>
        </p>
      </div>
      {error !== null ? (
        <Problem error={error} />
      ) : data === undefined ? (
        <Waiting />
      ) : data.datasets.length === 0 ? (
        <p className="text-muted">{t("empty")}</p>
      ) : (
        data.datasets.map((one) => <Listed key={one.id} dataset={one} />)
      )}
      {may && <MakeForm />}
    </div>
  );
}

function One({ id }: { id: string }) {
  const t = useTranslations("datasets");
  const { data, error } = useDatasets();
  const found = data?.datasets.find((one) => one.id === id);
  const may = useMay("datasets");
  if (data === undefined) return error === null ? <Waiting /> : <Problem error={error} />;
  if (found === undefined) return <Notice tone="danger">{t("gone")}</Notice>;
  return (
    <div className="flex flex-col gap-4">
      <PageHeading>{found.name}</PageHeading>
      {found.description !== null && <p className="max-w-prose">{found.description}</p>}
      <Erasing dataset={found} />
      <Card title={t("versions")}>
        <Versions dataset={found} />
      </Card>
      {may && <FreezeForm id={found.id} />}
      <p>
        <Link href="/datasets/" className="underline">
          {t("all")}
        </Link>
      </p>
    </div>
  );
}

function Erasing({ dataset: { id, description, redacted } }: { dataset: Dataset }) {
  const t = useTranslations("datasets.erase");
  const announce = useAnnounce();
  const may = useMay("delete");
  const redact = useRedactDataset(id);
  const there = [
    ...(redacted.includes("name") ? [] : ["name" as const]),
    ...(description === null ? [] : ["description" as const]),
  ];
  return (
    <>
      {redacted.map((text) => (
        <p key={text} className="text-sm text-muted">
          {t(`gone.${text}`)}
        </p>
      ))}
      {may && (
        <div>
          <EraseTexts
            texts={there.map((text) => [text, t(text)] as const)}
            words={{ open: t("open"), text: t("text"), confirm: t("confirm") }}
            busy={redact.isPending}
            onErase={(texts) => redact.mutate(texts, { onSuccess: () => announce(t("done")) })}
          />
        </div>
      )}
      <Problem error={redact.error} />
    </>
  );
}

function Listed({ dataset }: { dataset: Dataset }) {
  const { id, name, description } = dataset;
  return (
    <Card
      title={
        <Link href={`/datasets/?${new URLSearchParams({ id })}`} className="underline">
          {name}
        </Link>
      }
    >
      {description !== null && <p className="mb-3 max-w-prose">{description}</p>}
      <Versions dataset={dataset} />
    </Card>
  );
}

function Versions({ dataset: { id, versions } }: { dataset: Dataset }) {
  const t = useTranslations("datasets");
  const format = useFormatter();
  if (versions.length === 0) return <p className="text-muted">{t("noVersion")}</p>;
  return (
    <ul className="divide-y divide-line">
      {versions.map((version) => (
        <li key={version.id} className="flex flex-wrap justify-between gap-x-4 gap-y-1 py-2">
          <Link
            href={`/datasets/?${new URLSearchParams({ id, version: String(version.number) })}`}
            className="font-medium underline"
          >
            {t("version", { number: version.number })}
          </Link>
          <span className="text-sm text-muted">
            {t("files", {
              unmanipulated: version.real,
              manipulated: version.fake,
              groups: version.groups,
            })}{" "}
            · {format.dateTime(new Date(version.frozen_at), { dateStyle: "medium" })}
            {version.retired_at !== null && ` · ${t("retired")}`}
          </span>
        </li>
      ))}
    </ul>
  );
}

function MakeForm() {
  const t = useTranslations("datasets.make");
  const words = useFailureText();
  const make = useMake();
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (make.isPending) return;
    make.mutate({ name, description }, { onSuccess: () => [setName(""), setDescription("")] });
  };
  return (
    <Card title={t("title")}>
      <form onSubmit={submit} className="flex max-w-prose flex-col gap-4">
        <Field
          name="name"
          label={t("name")}
          hint={t("nameHint")}
          value={name}
          required
          onChange={({ target }) => setName(target.value)}
        />
        <Field
          name="description"
          label={t("description")}
          value={description}
          maxLength={2000}
          onChange={({ target }) => setDescription(target.value)}
        />
        {make.error !== null && (
          <Notice tone="danger">
            {make.error.code === "CONFLICT" ? t("taken") : words(failureOf(make.error))}
          </Notice>
        )}
        <div>
          <Button type="submit" look="primary" aria-disabled={make.isPending || name === ""}>
            {t("submit")}
          </Button>
        </div>
      </form>
    </Card>
  );
}
