"use client";

import { useEffect, useRef, type RefObject } from "react";
import { useTranslations } from "use-intl";

import { Button } from "@/ui/button";
import { isOver, type Queue } from "@/upload/queue/queue";
import { uploader } from "@/upload/queue/uploader";

import { FileRow } from "./file-row";
import { followed } from "./followed";

/** The files of this visit, each with its state; what fails stays where it failed. */
export function FileList({ queue }: { queue: Queue }) {
  const t = useTranslations("analyse.list");
  const heading = useRef<HTMLHeadingElement>(null);
  const over = queue.rows.filter(isOver).length;
  useIntoView(heading, queue.rows.length);
  const ways = followed(queue.rows);
  const refocus = () => {
    const next =
      heading.current?.isConnected && queue.rows.length > 1
        ? heading.current
        : document.getElementById("choose-files");
    next?.focus();
  };
  const clear = () => {
    uploader.clear();
    refocus();
  };
  return (
    <section aria-labelledby="files-title">
      <div className="mb-2 flex min-h-11 items-center justify-between gap-4">
        <h2 id="files-title" ref={heading} tabIndex={-1} className="text-lg font-semibold">
          {t("title", { count: queue.rows.length })}
          {queue.rows.length > 1 && (
            <span className="ml-2 text-sm font-normal text-muted">{t("over", { count: over })}</span>
          )}
        </h2>
        {over > 0 && (
          <Button look="quiet" onClick={clear}>
            {t("clear")}
          </Button>
        )}
      </div>
      <ul className="divide-y divide-line rounded-card border border-line bg-surface">
        {queue.rows.map((row) => (
          <FileRow
            key={row.key}
            row={row}
            held={queue.hold !== null}
            way={ways.get(row.key) ?? "none"}
            onRemoved={refocus}
          />
        ))}
      </ul>
    </section>
  );
}

/** Brings the list into view as rows are added to it. */
function useIntoView(heading: RefObject<HTMLElement | null>, rows: number): void {
  const before = useRef(0);
  useEffect(() => {
    if (rows > before.current) heading.current?.scrollIntoView({ block: "nearest" });
    before.current = rows;
  }, [heading, rows]);
}
