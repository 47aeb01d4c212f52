"use client";

import { useMutation } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useTranslations } from "use-intl";

import { api, unwrap } from "@/api/client";
import type { ApiError } from "@/api/errors";
import { failureOf } from "@/failures/failure";
import { useFailureText } from "@/failures/use-failure-words";
import { keepOwnerSecret } from "@/jobs/owner-secrets";
import type { ResultAnswer, UploadAccepted } from "@/api/schema";
import { Button } from "@/ui/button";

type Named = { url: string; kind: "video" | "image" };

/** The files that a page names which was given in place of a file, to choose from. */
export function NamedFiles({ answer }: { answer: ResultAnswer }) {
  const t = useTranslations("result.problem.named");
  const router = useRouter();
  const text = useFailureText();
  const start = useMutation<UploadAccepted, ApiError, string>({
    mutationFn: (url) => unwrap(api.POST("/api/analyze-url", { body: { file_url: url } })),
    onSuccess: ({ job_id: id, owner_secret: secret }) => {
      if (secret !== null) keepOwnerSecret(id, secret);
      router.push(`/result/?id=${encodeURIComponent(id)}`);
    },
  });
  const named = namedFiles(answer);
  if (named.length === 0) return <p className="mt-4 text-muted">{t("none")}</p>;
  return (
    <section className="mt-4">
      <h2 className="font-semibold">{t("title")}</h2>
      <ul className="mt-2 flex flex-col gap-2">
        {named.map(({ url, kind }) => (
          <li key={url} className="flex flex-wrap items-center gap-3 rounded-control border border-line p-3">
            <span className="min-w-0 flex-1 basis-60 text-sm [overflow-wrap:anywhere]">
              <span className="text-muted">{t(kind)}:</span> {url}
            </span>
            <Button
              aria-label={`${t("choose")}: ${url}`}
              disabled={start.isPending}
              onClick={() => start.mutate(url)}
            >
              {t("choose")}
            </Button>
          </li>
        ))}
      </ul>
      {start.isError && (
        <p role="alert" className="mt-2 text-danger">
          {text(failureOf(start.error))}
        </p>
      )}
    </section>
  );
}

/** The addresses in the failure's details, as far as they have the shape that they should have. */
export function namedFiles(answer: ResultAnswer): Named[] {
  const found = answer.error?.details?.["addresses"];
  return Array.isArray(found) ? found.filter(isNamed) : [];
}

function isNamed(one: unknown): one is Named {
  if (typeof one !== "object" || one === null) return false;
  const { url, kind } = one as Record<string, unknown>;
  return typeof url === "string" && /^https?:\/\//.test(url) && (kind === "video" || kind === "image");
}
