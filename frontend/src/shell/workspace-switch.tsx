"use client";

import { usePathname, useRouter } from "next/navigation";
import { useEffect } from "react";
import { useTranslations } from "use-intl";

import { useMe, useSwitchWorkspace, useWorkspace } from "@/api/queries";
import { useChosenWorkspace } from "@/api/workspace";

// What these pages show is of one workspace alone.
const OF_ONE_FILE = ["/result/", "/compare/", "/batch/", "/media/", "/rechecks/", "/datasets/", "/measure/"];

/** Chooses the workspace, for accounts that have several. */
export function WorkspaceSwitch() {
  const t = useTranslations("common.workspace");
  const known = useMe().data?.workspaces;
  const present = useWorkspace();
  const chosen = useChosenWorkspace();
  const choose = useSwitchWorkspace();
  const path = usePathname();
  const router = useRouter();
  const lost = chosen !== null && known !== undefined && known.every(({ id }) => id !== chosen);
  useEffect(() => {
    if (lost) void choose(null); // the reader is no member any more
  }, [lost, choose]);
  if (known === undefined || known.length < 2 || present === null) return null;
  const change = (id: string) => {
    void choose(known.find((one) => one.id === id)?.personal ? null : id);
    if (OF_ONE_FILE.includes(path)) router.push("/history/");
  };
  return (
    <label className="flex min-w-0 items-center gap-2 text-sm text-muted">
      <span className="sr-only">{t("label")}</span>
      <select
        value={present.id}
        onChange={(event) => change(event.target.value)}
        className="min-h-11 max-w-24 rounded-control border border-control bg-surface px-2 text-ellipsis text-text min-[24rem]:max-w-40 pointer-fine:min-h-9 lg:max-w-64"
      >
        {known.map(({ id, name, personal }) => (
          <option key={id} value={id}>
            {personal ? t("personal") : name}
          </option>
        ))}
      </select>
    </label>
  );
}
