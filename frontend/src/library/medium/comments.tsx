"use client";

import { useState } from "react";
import { useTranslations } from "use-intl";

import { useMay } from "@/api/queries";
import type { Medium, MediumComment } from "@/api/schema";
import { failureOf } from "@/failures/failure";
import { useFailureText } from "@/failures/use-failure-words";
import { Button } from "@/ui/button";
import { Card } from "@/ui/card";

import { useMoment } from "./analyses";
import { Older } from "./older";
import { useCommenting, useComments } from "./use-medium";

const LONGEST = 4_000; // characters

/** What members wrote about a file: never changed, but each can take back what is theirs. */
export function Comments({ medium: { id, withheld } }: { medium: Medium }) {
  const t = useTranslations("library.medium");
  const library = useTranslations("library");
  const failed = useFailureText();
  const may = useMay("comment");
  const pages = useComments(id, !withheld);
  const comments = pages.data?.pages.flatMap((page) => page.comments).reverse();
  const { write, withdraw } = useCommenting(id);
  const [text, setText] = useState("");
  const error = write.error ?? withdraw.error;
  return (
    <Card title={t("comments")}>
      {withheld && <p className="text-sm text-muted">{library("withheld")}</p>}
      {comments?.length === 0 && <p className="text-sm text-muted">{t("noComments")}</p>}
      <Older pages={pages} words={t("olderComments")} />
      <ol className="mt-3 flex flex-col gap-3 first:mt-0">
        {comments?.map((comment) => (
          <li key={comment.id}>
            <Comment
              comment={comment}
              onWithdraw={() => !withdraw.isPending && withdraw.mutate(comment.id)}
            />
          </li>
        ))}
      </ol>
      {may && (
        <form
          className="mt-4 flex flex-col gap-2"
          onSubmit={(event) => {
            event.preventDefault();
            if (text.trim() === "" || write.isPending) return;
            write.mutate(text.trim(), { onSuccess: () => setText("") });
          }}
        >
          <label className="flex flex-col gap-1 text-sm">
            {t("newComment")}
            <textarea
              value={text}
              rows={3}
              maxLength={LONGEST}
              onChange={(event) => setText(event.currentTarget.value)}
              className="rounded-control border border-control bg-surface p-3 text-base text-text"
            />
          </label>
          <Button type="submit" aria-disabled={write.isPending || text.trim() === ""} className="self-start">
            {t("addComment")}
          </Button>
        </form>
      )}
      {error !== null && (
        <p role="alert" className="mt-2 text-sm text-danger">
          {failed(failureOf(error))}
        </p>
      )}
    </Card>
  );
}

function Comment({ comment, onWithdraw }: { comment: MediumComment; onWithdraw: () => void }) {
  const t = useTranslations("library.medium");
  const moment = useMoment();
  const mayDelete = useMay("delete");
  const withdrawn = comment.withdrawn_at !== null;
  return (
    <>
      <p className="text-sm text-muted">
        {comment.author ?? t("formerMember")}, {moment(comment.at)}
      </p>
      {withdrawn ? (
        <p className="text-sm text-muted italic">{t("withdrawn")}</p>
      ) : (
        <p className="[overflow-wrap:anywhere] whitespace-pre-wrap">{comment.text}</p>
      )}
      {!withdrawn && (comment.mine || mayDelete) && (
        <button
          type="button"
          onClick={onWithdraw}
          className="inline-flex min-h-11 items-center text-sm underline pointer-fine:min-h-6"
        >
          {t("withdraw")}
        </button>
      )}
    </>
  );
}
