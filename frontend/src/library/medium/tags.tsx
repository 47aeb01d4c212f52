"use client";

import { X } from "lucide-react";
import { useState } from "react";
import { useTranslations } from "use-intl";

import { useMay } from "@/api/queries";
import type { Medium } from "@/api/schema";
import { failureOf } from "@/failures/failure";
import { useFailureText } from "@/failures/use-failure-words";
import { Button } from "@/ui/button";
import { Card } from "@/ui/card";

import { useChange } from "./use-medium";

const LONGEST = 64; // characters

/** A file's tags, and whether its pictures are blurred for all. */
export function Tags({ medium }: { medium: Medium }) {
  const t = useTranslations("library.medium");
  const failed = useFailureText();
  const may = useMay("comment") && medium.deleted_at === null;
  const change = useChange(medium);
  const [text, setText] = useState("");
  const put = (tags: string[]) => !change.isPending && change.mutate({ kind: "tags", tags });
  return (
    <Card title={t("tags")}>
      {medium.tags.length === 0 && <p className="text-sm text-muted">{t("noTags")}</p>}
      <ul className="flex flex-wrap gap-2">
        {medium.tags.map((tag) => (
          <li
            key={tag}
            className="inline-flex items-center rounded-full border border-control pl-3 text-sm last:pr-0"
          >
            <span className={may ? "" : "pr-3"}>#{tag}</span>
            {may && (
              <button
                type="button"
                aria-label={t("removeTag", { tag })}
                title={t("removeTag", { tag })}
                onClick={() => put(medium.tags.filter((other) => other !== tag))}
                className="inline-flex size-11 items-center justify-center rounded-full text-muted hover:text-text pointer-fine:size-8"
              >
                <X aria-hidden className="size-4" />
              </button>
            )}
          </li>
        ))}
      </ul>
      {may && (
        <>
          <form
            className="mt-3 flex flex-wrap items-end gap-2"
            onSubmit={(event) => {
              event.preventDefault();
              const tag = text.trim();
              if (tag === "" || change.isPending) return;
              change.mutate({ kind: "tags", tags: [...medium.tags, tag] }, { onSuccess: () => setText("") });
            }}
          >
            <label className="flex min-w-0 flex-1 basis-40 flex-col gap-1 text-sm">
              {t("newTag")}
              <input
                value={text}
                maxLength={LONGEST}
                autoComplete="off"
                autoCapitalize="none"
                onChange={(event) => setText(event.currentTarget.value)}
                className="min-h-11 rounded-control border border-control bg-surface px-3 text-base text-text pointer-fine:min-h-9"
              />
            </label>
            <Button type="submit" aria-disabled={change.isPending || text.trim() === ""}>
              {t("addTag")}
            </Button>
          </form>
          <label className="mt-3 flex min-h-11 items-center gap-3 border-t border-line pt-2 text-sm pointer-fine:min-h-9">
            <input
              type="checkbox"
              checked={medium.sensitivity === "sensitive"}
              onChange={(event) =>
                !change.isPending &&
                change.mutate({ kind: "sensitivity", sensitive: event.currentTarget.checked })
              }
              className="size-6 accent-text"
            />
            {t("sensitive")}
          </label>
        </>
      )}
      {change.error !== null && (
        <p role="alert" className="mt-2 text-sm text-danger">
          {failed(failureOf(change.error))}
        </p>
      )}
    </Card>
  );
}
