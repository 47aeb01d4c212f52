"use client";

import { RotateCw } from "lucide-react";
import { nanoid } from "nanoid";
import { useRouter } from "next/navigation";
import { useState, type ReactNode, type SyntheticEvent } from "react";
import { useTranslations } from "use-intl";

import { useMay } from "@/api/queries";
import type { Forecast } from "@/api/schema";
import { Problem } from "@/failures/problem";
import { span } from "@/i18n/format";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Field } from "@/ui/field";

import { useAsk, useForecast, type Wanted } from "./use-rechecks";

type Props = {
  /** The files that have been chosen; without it the dialog asks for a query. */
  wanted?: Wanted;
  disabled?: boolean;
};

/** Has many files of the library analysed again, after they have been counted and confirmed, and leads to the recheck. */
export function RecheckButton({ wanted, disabled = false }: Props) {
  const t = useTranslations("recheck.ask");
  const may = useMay("analyse");
  const [open, setOpen] = useState(false);
  if (!may) return null;
  return (
    <>
      <Button onClick={() => !disabled && setOpen(true)} aria-disabled={disabled}>
        <RotateCw aria-hidden className="size-4" />
        {t(wanted === undefined ? "openMany" : "open")}
      </Button>
      {open && (
        <Dialog open onOpenChange={setOpen} title={t("title")} description={t("text")}>
          <Asking wanted={wanted} />
        </Dialog>
      )}
    </>
  );
}

function Asking({ wanted: chosen }: { wanted?: Wanted }) {
  const t = useTranslations("recheck.ask");
  const router = useRouter();
  const [query, setQuery] = useState("");
  const [reason, setReason] = useState("");
  const [key] = useState(() => nanoid());
  const forecast = useForecast();
  const ask = useAsk();
  const wanted = chosen ?? { q: query };
  const counted = forecast.data;
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (forecast.isPending || ask.isPending) return;
    if (counted === undefined) return forecast.mutate(wanted);
    ask.mutate(
      { wanted, reason, count: counted.files, key: `${key}-${counted.files}` },
      {
        onSuccess: ({ recheck_id }) => router.push(`/rechecks/?id=${encodeURIComponent(recheck_id)}`),
        onError: ({ code }) => code === "COUNT_DIFFERS" && forecast.mutate(wanted),
      },
    );
  };
  const error = ask.error ?? forecast.error;
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      {chosen === undefined && (
        <Field
          name="query"
          label={t("query")}
          hint={t("queryHint")}
          value={query}
          onChange={({ target }) => {
            setQuery(target.value);
            forecast.reset();
            ask.reset();
          }}
        />
      )}
      <Field
        name="reason"
        label={t("reason")}
        value={reason}
        maxLength={1000}
        onChange={({ target }) => setReason(target.value)}
      />
      <div role="status" className="min-h-6">
        {counted !== undefined && <Told counted={counted} />}
      </div>
      <Problem error={error} />
      <Confirm counted={counted} busy={forecast.isPending || ask.isPending}>
        {forecast.isPending ? t("counting") : t("count")}
      </Confirm>
    </form>
  );
}

type ConfirmProps = { counted: Forecast | undefined; busy: boolean; children: ReactNode };

function Confirm({ counted, busy, children }: ConfirmProps) {
  const t = useTranslations("recheck.ask");
  return (
    <div>
      <Button type="submit" look="primary" aria-disabled={busy} disabled={counted?.wanted === 0}>
        {counted === undefined ? children : t("yes", { count: counted.wanted })}
      </Button>
    </div>
  );
}

function Told({ counted: { files, kept, judged, wanted, seconds } }: { counted: Forecast }) {
  const t = useTranslations("recheck.ask");
  return (
    <>
      <p>{t("counted", { files, wanted })}</p>
      {judged > 0 && <p className="text-muted">{t("judged", { count: judged })}</p>}
      {kept < files && <p className="text-muted">{t("notKept", { count: files - kept })}</p>}
      {wanted > 0 && seconds !== null && (
        <p className="text-muted">{t("takes", { time: span(1000 * Math.max(1, seconds)) })}</p>
      )}
    </>
  );
}
