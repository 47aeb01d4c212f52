"use client";

import Link from "next/link";
import { useTranslations } from "use-intl";

import { buttonClass } from "@/ui/button";
import { Card } from "@/ui/card";

const STEPS = ["find", "compare", "reverse", "keep"] as const;

/** What a reader can do with a verdict that is an estimate. */
export function NextCard({
  compare,
  files,
  search,
  signs,
  shared,
}: {
  /** The page where another file is set beside this one. */ compare: string;
  /** Whether there are pictures to search by. */ files: boolean;
  /** Whether the player has a button for that. */ search: boolean;
  /** Whether signs of manipulation were found. */ signs: boolean;
  shared: boolean;
}) {
  const t = useTranslations("result.next");
  return (
    <Card title={t("title")}>
      <ol className="flex list-decimal flex-col gap-2 pl-5">
        {STEPS.filter((step) => files || (step !== "reverse" && step !== "keep")).map((step) => (
          <li key={step}>
            <span className="font-medium">{t(step)}</span>{" "}
            {t(step === "reverse" && search ? "reverseHere" : `${step}Text`)}
            {step === "compare" && (
              <>
                {" "}
                <Link href={compare} className="underline">
                  {t("compareHere")}
                </Link>
              </>
            )}
          </li>
        ))}
      </ol>
      {signs && (
        <p className="mt-3">
          <Link
            href="/law/"
            className="inline-flex min-h-11 items-center text-muted underline pointer-fine:min-h-6"
          >
            {t("law")}
          </Link>
        </p>
      )}
      {!shared && (
        <Link href="/" className={`${buttonClass()} mt-4`}>
          {t("anotherFile")}
        </Link>
      )}
    </Card>
  );
}
