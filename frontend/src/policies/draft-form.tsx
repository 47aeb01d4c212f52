"use client";

import { nanoid } from "nanoid";
import { useRouter } from "next/navigation";
import { useState, type SyntheticEvent } from "react";
import { useTranslations } from "use-intl";

import type { PolicyMinimums, PolicyRule } from "@/api/schema";
import { Problem } from "@/failures/problem";
import { Button } from "@/ui/button";
import { Card } from "@/ui/card";
import { Field } from "@/ui/field";
import { PageHeading } from "@/ui/page-heading";

import { PreviewView } from "./preview-view";
import { typedNumber } from "./rule";
import { RuleSliders } from "./rule-sliders";
import { useDraft } from "./use-policies";

type Props = {
  /** What it begins with. */
  start: PolicyRule;
  /** The bundle's own minimums, which no policy goes below. */
  least: PolicyMinimums;
  /** The number of the policy that it is made from. */
  base: number | null;
};

const MINIMUMS = ["smallest_face_px", "least_frames", "least_share"] as const;

/** What a policy of an earlier bundle asks for may be less than this one was measured with. */
function raised(rule: PolicyRule, least: PolicyMinimums): PolicyRule {
  const minimums = { ...rule.minimums };
  for (const one of MINIMUMS) minimums[one] = Math.max(minimums[one], least[one]);
  return { ...rule, minimums };
}

/** A policy to draft: its name and reason, its rule, and beside it what the rule would do. */
export function DraftForm({ start: given, least, base }: Props) {
  const start = raised(given, least);
  const t = useTranslations("policies.form");
  const router = useRouter();
  const draft = useDraft();
  const [rule, setRule] = useState(start);
  const [text, setText] = useState({ name: "", reason: "" });
  const [typed, setTyped] = useState(() => ({
    smallest_face_px: String(start.minimums.smallest_face_px),
    least_frames: String(start.minimums.least_frames),
    least_share: String(start.minimums.least_share),
  }));
  const [key, setKey] = useState(() => nanoid());
  const changed = () => {
    setKey(nanoid());
    draft.reset();
  };
  const wrong = MINIMUMS.filter((one) => (typedNumber(typed[one]) ?? -1) < least[one]);
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (draft.isPending || wrong.length > 0) return;
    const body = { ...rule, name: text.name.trim(), reason: text.reason.trim() || null, base };
    draft.mutate(
      { body, key },
      {
        onSuccess: ({ number }) =>
          router.push(`/policies/?${new URLSearchParams({ number: String(number) })}`),
      },
    );
  };
  return (
    <div className="flex flex-col gap-4">
      <div>
        <PageHeading>{t("title")}</PageHeading>
        <p className="mt-1 max-w-prose text-muted">{t("lead")}</p>
      </div>
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-4 lg:grid-cols-[minmax(0,5fr)_minmax(0,7fr)]">
        <Card className="lg:sticky lg:top-4">
          <form onSubmit={submit} className="flex flex-col gap-5">
            <RuleSliders
              rule={rule}
              onChange={(next) => {
                setRule(next);
                changed();
              }}
            />
            <details>
              <summary className="min-h-6 cursor-pointer text-sm underline">{t("presence")}</summary>
              <div className="mt-3 flex flex-col gap-4">
                {MINIMUMS.map((one) => (
                  <Field
                    key={one}
                    name={one}
                    label={t(one)}
                    inputMode="decimal"
                    value={typed[one]}
                    error={wrong.includes(one) ? t("atLeast", { least: least[one] }) : undefined}
                    onChange={({ target }) => {
                      const next = { ...typed, [one]: target.value };
                      setTyped(next);
                      const number = typedNumber(target.value);
                      if (number !== null && number >= least[one])
                        setRule({ ...rule, minimums: { ...rule.minimums, [one]: number } });
                      changed();
                    }}
                  />
                ))}
              </div>
            </details>
            <Field
              name="name"
              label={t("name")}
              hint={t("nameHint")}
              value={text.name}
              maxLength={100}
              required
              onChange={({ target }) => {
                setText({ ...text, name: target.value });
                changed();
              }}
            />
            <Field
              name="reason"
              label={t("reason")}
              value={text.reason}
              maxLength={2000}
              onChange={({ target }) => {
                setText({ ...text, reason: target.value });
                changed();
              }}
            />
            <Problem error={draft.error} />
            <Button
              type="submit"
              look="primary"
              className="self-start"
              aria-disabled={draft.isPending || wrong.length > 0 || text.name.trim() === ""}
            >
              {t("submit")}
            </Button>
            <p className="text-sm text-muted">{t("then")}</p>
          </form>
        </Card>
        <div className="flex min-w-0 flex-col gap-4">
          <PreviewView rule={rule} number={null} />
        </div>
      </div>
    </div>
  );
}
