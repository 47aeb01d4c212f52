"use client";

import Link from "next/link";
import { useTranslations } from "use-intl";

import { useLimits } from "@/api/queries";
import type { ModelCard } from "@/api/schema";
import { countedShare } from "@/i18n/format";
import { useSetName } from "@/i18n/set-name";
import { Card } from "@/ui/card";

import { flaggedOf, pooled, type Share } from "./pooled";

/** How often this server's model was right in tests, from its model card; absent without a model or tests. */
export function Figures() {
  const t = useTranslations("analyse.figures");
  const { data: limits } = useLimits();
  const model = limits?.model;
  if (limits !== undefined && (model === null || model === undefined || model.datasets.length === 0))
    return null;
  return (
    <Card title={t("title")} className="min-h-96 lg:col-span-2">
      {model && <Tested model={model} />}
    </Card>
  );
}

function Tested({ model }: { model: ModelCard }) {
  const t = useTranslations("analyse.figures");
  const { fake, real } = pooled(model.datasets);
  return (
    <>
      <p className="max-w-prose">
        {t("pooled", {
          fakes: fake.count,
          ofFakes: fake.all,
          fakeShare: shareOf(fake),
          reals: real.count,
          ofReals: real.all,
          realShare: shareOf(real),
        })}
      </p>
      <p className="mt-2 max-w-prose text-muted">{t("meaning")}</p>
      <table className="mt-4 w-full text-sm">
        <caption className="sr-only">{t("caption")}</caption>
        <thead>
          <tr className="border-b border-line text-left align-bottom text-muted max-sm:text-xs">
            <th scope="col" className="py-2 pr-3 font-medium">
              {t("set")}
            </th>
            <th scope="col" className="py-2 pr-3 font-medium sm:w-[30%]">
              {t("fake")}
            </th>
            <th scope="col" className="py-2 font-medium sm:w-[30%]">
              {t("real")}
            </th>
          </tr>
        </thead>
        <tbody>
          {model.datasets.map((set) => (
            <SetRow key={set.dataset} set={set} />
          ))}
        </tbody>
      </table>
      <p className="mt-3 text-sm">
        <Link href="/limits/" className="inline-flex min-h-11 items-center underline pointer-fine:min-h-6">
          {t("more", { bundle: model.bundle, version: model.version })}
        </Link>
      </p>
    </>
  );
}

function SetRow({ set }: { set: ModelCard["datasets"][number] }) {
  const { name, about } = useSetName()(set.dataset);
  const { fake, real } = flaggedOf(set);
  return (
    <tr className="border-b border-line last:border-0">
      <th scope="row" className="py-2 pr-3 text-left font-normal [overflow-wrap:anywhere]">
        {name}
        {about !== null && <span className="block text-muted">{about}</span>}
      </th>
      <ShareCell share={fake} />
      <ShareCell share={real} />
    </tr>
  );
}

/** A count of a count with its bar; the numbers say how little some of the sets are. */
function ShareCell({ share }: { share: Share | null }) {
  const t = useTranslations("analyse.figures");
  if (share === null) return <td className="py-2 pr-3 text-muted">{t("none")}</td>;
  return (
    <td className="py-2 pr-3">
      <span className="flex flex-col gap-1 sm:flex-row sm:items-center sm:gap-3">
        <svg
          aria-hidden
          viewBox="0 0 100 6"
          preserveAspectRatio="none"
          className="h-1.5 w-full max-w-32 shrink-0 sm:w-24"
        >
          <rect width="100" height="6" className="fill-line" />
          <rect width={(100 * share.count) / share.all} height="6" className="fill-text" />
        </svg>
        <span className="whitespace-nowrap">{t("share", { count: share.count, all: share.all })}</span>
      </span>
    </td>
  );
}

function shareOf({ count, all }: Share): string {
  return all === 0 ? "" : countedShare(count / all);
}
