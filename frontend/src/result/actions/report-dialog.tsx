"use client";

import { useMutation } from "@tanstack/react-query";
import { FileText } from "lucide-react";
import { useId, useState, type FormEvent, type ReactNode } from "react";
import { useTranslations } from "use-intl";

import { useLawList } from "@/api/queries";
import type { ReportRequest, ResultAnswer } from "@/api/schema";
import { useLanguageCode } from "@/i18n/language-code";
import { useNotFaces } from "@/result/reader/not-faces";
import { useAnnounce } from "@/ui/announcer";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { download } from "@/ui/download";
import { Field } from "@/ui/field";

import { downloadName } from "./exports";

/** Has the report made; throws ApiError. */
export type FetchReport = (wanted: ReportRequest) => Promise<Blob>;

type Props = { answer: ResultAnswer; fetchReport: FetchReport };

/** [Report]: the result as a PDF with what the reader adds to it, of which the server keeps nothing. */
export function ReportButton({ answer, fetchReport }: Props) {
  const t = useTranslations("result.report");
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button onClick={() => setOpen(true)}>
        <FileText aria-hidden className="size-4" />
        {t("open")}
      </Button>
      <Dialog open={open} onOpenChange={setOpen} title={t("title")} description={t("text")}>
        <Form answer={answer} fetchReport={fetchReport} onDone={() => setOpen(false)} />
      </Dialog>
    </>
  );
}

function Form({ answer, fetchReport, onDone }: Props & { onDone: () => void }) {
  const t = useTranslations("result.report");
  const locale = useLanguageCode();
  const announce = useAnnounce();
  const { letters } = useNotFaces(answer.job_id);
  const name = downloadName(answer.metadata.original_filename, "report.pdf");
  const making = useMutation({
    mutationFn: async (wanted: ReportRequest) => download(await fetchReport(wanted), name),
    networkMode: "always",
    onSuccess: () => {
      announce(t("done", { name }));
      onDone();
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    const text = (field: string) => String(fields.get(field) ?? "");
    making.mutate({
      lang: locale,
      name: text("name"),
      obtained: text("obtained"),
      note: text("note"),
      law: text("law") || null,
      not_faces: [...letters],
      location: fields.has("location"),
    });
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      <Field name="name" label={t("name")} maxLength={300} autoComplete="name" />
      <Field name="obtained" label={t("obtained")} maxLength={300} />
      <Labelled label={t("note")}>
        {(id) => (
          <textarea
            id={id}
            name="note"
            maxLength={2000}
            rows={3}
            className="rounded-control border border-control bg-surface p-3 text-base text-text"
          />
        )}
      </Labelled>
      <Labelled label={t("law")}>{(id) => <LawChoice id={id} />}</Labelled>
      {isPersonal(answer) && (
        <label className="flex min-h-11 items-center gap-2 text-sm font-medium">
          <input type="checkbox" name="location" className="size-5" />
          {t("location")}
        </label>
      )}
      {making.isError && (
        <p role="alert" className="text-danger">
          {t("failed")}
        </p>
      )}
      <div className="flex flex-wrap gap-2">
        <Button type="submit" look="primary" aria-disabled={making.isPending}>
          {t(making.isPending ? "making" : "make")}
        </Button>
        <Button onClick={onDone}>{t("close")}</Button>
      </div>
    </form>
  );
}

/** Whether the file says where it was taken, or names somebody or one device, which reports leave out otherwise. */
function isPersonal({ result }: ResultAnswer): boolean {
  const metadata = result?.provenance?.metadata;
  const named = metadata?.fields?.some(({ personal }) => personal) ?? false;
  return named || (metadata?.location ?? null) !== null;
}

/** Whose law is to be summarised; nobody's unless the reader chooses a country. */
function LawChoice({ id }: { id: string }) {
  const t = useTranslations("result.report");
  const locale = useLanguageCode();
  const list = useLawList();
  return (
    <select
      id={id}
      name="law"
      className="min-h-11 rounded-control border border-control bg-surface px-2 text-text"
    >
      <option value="">{t("noLaw")}</option>
      {list.data?.countries.map(({ iso, name }) => (
        <option key={iso} value={iso}>
          {name[locale]}
        </option>
      ))}
    </select>
  );
}

function Labelled({ label, children }: { label: string; children: (id: string) => ReactNode }) {
  const id = useId();
  return (
    <div className="flex flex-col gap-1">
      <label htmlFor={id} className="text-sm font-medium">
        {label}
      </label>
      {children(id)}
    </div>
  );
}
