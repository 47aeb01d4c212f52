"use client";

import { useTranslations } from "use-intl";

import type { ApiError } from "@/api/errors";
import { useFailureWords } from "@/failures/use-failure-words";
import { failureOf } from "@/failures/failure";

type Props = { id: string; q: string; error: ApiError };

/** Why a query was refused, with the place in it marked. */
export function Problem({ id, q, error }: Props) {
  const t = useTranslations("library.search");
  const words = useFailureWords();
  const { summary } = words(failureOf(error));
  const place = placeIn(error);
  return (
    <div id={id} role="alert" className="mt-2 text-sm text-danger">
      <p>
        {summary}. {/* What exactly, the server says in English. */}
        <span lang="en">{error.message}</span>
      </p>
      {place !== null && (
        <p className="mt-1">
          {t("at", { position: place + 1 })}{" "}
          <code className="rounded-control bg-sunken px-1 [overflow-wrap:anywhere] whitespace-pre-wrap text-text">
            {q.slice(0, place)}
            <mark className="bg-transparent font-semibold text-danger underline decoration-wavy">
              {q.slice(place).match(/^\S+/)?.[0] ?? " "}
            </mark>
            {q.slice(place).replace(/^\S+/, "")}
          </code>
        </p>
      )}
    </div>
  );
}

/** The place in the query that the server names, from 0. */
export function placeIn({ details }: ApiError): number | null {
  const place = details?.["position"];
  return typeof place === "number" && Number.isInteger(place) && place >= 0 ? place : null;
}
