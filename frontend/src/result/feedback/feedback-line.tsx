"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useId, useState } from "react";
import { useTranslations } from "use-intl";

import type { ApiError } from "@/api/errors";
import type { Feedback, FeedbackGiven } from "@/api/schema";
import { failureOf } from "@/failures/failure";
import { useFailureText } from "@/failures/use-failure-words";
import { useAnnounce } from "@/ui/announcer";
import { Button } from "@/ui/button";

import type { FeedbackAccess } from "./feedback";

const ANSWERS = ["right", "wrong", "unsure"] as const;
const LONGEST = 1_000; // characters, as the API takes them

/** "Was this right?" with three answers, thanks, and a sentence of one's own; nothing where nobody asks. */
export function FeedbackLine({ access }: { access: FeedbackAccess }) {
  const t = useTranslations("result.feedback");
  const announce = useAnnounce();
  const failed = useFailureText();
  const client = useQueryClient();
  const question = useId();
  const { data } = useQuery<Feedback, ApiError>({ queryKey: access.key, queryFn: access.read });
  const giving = useMutation<Feedback, ApiError, FeedbackGiven>({
    mutationFn: access.send,
    onSuccess: (kept) => {
      client.setQueryData(access.key, kept);
      announce(t("thanks"));
    },
  });
  if (data === undefined || !data.asked) return null;
  return (
    <section
      aria-labelledby={question}
      className="rounded-card border border-line bg-surface px-4 py-3 sm:px-6 print:hidden"
    >
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <h2 id={question} className="font-medium">
          {t("question")}
        </h2>
        <div role="group" aria-labelledby={question} className="flex flex-wrap gap-2">
          {ANSWERS.map((answer) => (
            <Button
              key={answer}
              aria-pressed={data.answer === answer}
              aria-disabled={giving.isPending}
              className="aria-pressed:border-text aria-pressed:bg-text aria-pressed:text-bg"
              onClick={() => !giving.isPending && giving.mutate({ answer, text: data.text })}
            >
              {t(answer)}
            </Button>
          ))}
        </div>
        {data.answer !== null && <p className="text-sm text-muted">{t("thanks")}</p>}
      </div>
      {data.answer !== null && (
        <Sentence
          key={data.at}
          said={data.text ?? ""}
          busy={giving.isPending}
          onSend={(text) => giving.mutate({ answer: data.answer ?? "unsure", text })}
        />
      )}
      {giving.error !== null && (
        <p role="alert" className="mt-2 text-sm text-danger">
          {failed(failureOf(giving.error))}
        </p>
      )}
    </section>
  );
}

type SentenceProps = { said: string; busy: boolean; onSend: (text: string) => void };

function Sentence({ said, busy, onSend }: SentenceProps) {
  const t = useTranslations("result.feedback");
  const [text, setText] = useState(said);
  const field = useId();
  return (
    <form
      className="mt-3 flex flex-wrap items-end gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        if (!busy) onSend(text);
      }}
    >
      <div className="flex min-w-0 flex-1 basis-64 flex-col gap-1">
        <label htmlFor={field} className="text-sm text-muted">
          {t("why")}
        </label>
        <input
          id={field}
          value={text}
          maxLength={LONGEST}
          autoComplete="off"
          onChange={(event) => setText(event.currentTarget.value)}
          className="min-h-11 rounded-control border border-control bg-surface px-3 text-base text-text pointer-fine:min-h-9"
        />
      </div>
      <Button type="submit" aria-disabled={busy || text === said}>
        {t("send")}
      </Button>
    </form>
  );
}
