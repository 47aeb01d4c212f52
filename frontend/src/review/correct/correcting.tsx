"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState, type SyntheticEvent } from "react";
import { useTranslations } from "use-intl";

import { api, unwrap } from "@/api/client";
import type { ApiError } from "@/api/errors";
import { keys } from "@/api/queries";
import type { ReviewGiven, ReviewSeen, TaskTold } from "@/api/schema";
import { Problem } from "@/failures/problem";
import { draftOf, givenOf, missing, type Missing } from "@/review/form/draft";
import { AnswerForm } from "@/review/form/form";
import { useAnnounce } from "@/ui/announcer";
import { Button } from "@/ui/button";
import { Card } from "@/ui/card";

type Props = {
  review: ReviewSeen;
  /** Letters of the persons in the file. */
  persons: readonly string[];
  onCorrected: (told: TaskTold) => void;
  onClose: () => void;
};

/** The form by which a reader replaces an answer of their own; it begins with what they have said. */
export function Correcting({ review, persons, onCorrected, onClose }: Props) {
  const t = useTranslations("review");
  const announce = useAnnounce();
  const client = useQueryClient();
  const [draft, change] = useState(() => draftOf(review));
  const [lacks, setLacks] = useState<readonly Missing[]>([]);
  const heading = useRef<HTMLParagraphElement>(null);
  const correct = useMutation<TaskTold, ApiError, ReviewGiven>({
    networkMode: "always",
    mutationFn: (body) =>
      unwrap(
        api.POST("/api/review/reviews/{review_id}/corrections", {
          params: { path: { review_id: review.id } },
          body,
        }),
      ),
    onSuccess: async (told) => {
      announce(t("correct.done"));
      onCorrected(told);
      await client.invalidateQueries({ queryKey: keys.media });
      await client.invalidateQueries({
        queryKey: keys.reviews,
        // The reader's present task was claimed: asking for it again would be another claim.
        predicate: ({ queryKey }) => queryKey[1] !== "next" && queryKey[1] !== "lease",
      });
    },
  });
  useEffect(() => heading.current?.focus(), []);
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    const left = missing(draft);
    setLacks(left);
    if (left.length === 0 && !correct.isPending) correct.mutate(givenOf(draft));
  };
  const letters = [...new Set([...persons, ...Object.keys(draft.perPerson)])].sort();
  return (
    <Card title={t("correct.title")} className="max-w-3xl">
      <form onSubmit={submit}>
        <p ref={heading} tabIndex={-1} className="mb-4 text-sm text-muted focus:outline-none">
          {t("correct.text")}
        </p>
        <AnswerForm
          draft={draft}
          onChange={change}
          persons={letters}
          missing={missing(draft).filter((what) => lacks.includes(what))}
          onGo={null}
          keyed={false}
        />
        {correct.error !== null && (
          <div className="mt-4">
            <Problem error={correct.error} />
          </div>
        )}
        <div className="mt-4 flex flex-wrap gap-2">
          <Button type="submit" look="primary" aria-disabled={correct.isPending}>
            {t("correct.confirm")}
          </Button>
          <Button onClick={onClose}>{t("correct.cancel")}</Button>
        </div>
      </form>
    </Card>
  );
}
