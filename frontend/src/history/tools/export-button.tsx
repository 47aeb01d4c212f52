"use client";

import { Download } from "lucide-react";
import { useState } from "react";
import { useTranslations } from "use-intl";

import type { Row } from "@/history/row";
import { useAnnounce } from "@/ui/announcer";
import { Button } from "@/ui/button";
import { download } from "@/ui/download";

import { toCsv } from "./csv";

type OnProgress = (done: number, total: number) => void;
type Props = {
  /** Reads all rows that match search and filter, not only the page. */
  read: (onProgress: OnProgress) => Promise<readonly Row[]>;
};
type State = { done: number; total: number } | "idle" | "failed";

/** Saves all rows as a CSV file. */
export function ExportButton({ read }: Props) {
  const t = useTranslations("history.export");
  const announce = useAnnounce();
  const [state, setState] = useState<State>("idle");
  const busy = typeof state === "object";

  const save = async () => {
    if (busy) return;
    setState({ done: 0, total: 0 });
    try {
      const rows = await read((done, total) => setState({ done, total }));
      const csv = new Blob([toCsv(rows, location.origin)], { type: "text/csv;charset=utf-8" });
      download(csv, `${t("file")}-${new Date().toISOString().slice(0, 10)}.csv`);
      announce(t("done", { count: rows.length }));
      setState("idle");
    } catch {
      setState("failed");
    }
  };
  return (
    <>
      <Button onClick={save} aria-disabled={busy}>
        <Download aria-hidden className="size-4" />
        {busy && state.total > 0 ? t("busy", state) : t("action")}
      </Button>
      {state === "failed" && (
        <p role="alert" className="basis-full text-sm text-danger">
          {t("failed")}
        </p>
      )}
    </>
  );
}
