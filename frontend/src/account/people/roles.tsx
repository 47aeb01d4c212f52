"use client";

import { useTranslations } from "use-intl";

import type { Workspace } from "@/api/schema";

export type Role = Workspace["role"];

const ROLES: readonly Role[] = ["viewer", "analyst", "reviewer", "lead", "researcher", "admin"];

type Props = {
  label: string;
  value: Role;
  onChoose: (role: Role) => void;
  /** Whether the label is seen, or only read out. */
  shown?: boolean;
  disabled?: boolean;
};

/** Chooses what a member may do. */
export function RoleChoice({ label, value, onChoose, shown = false, disabled = false }: Props) {
  const t = useTranslations("people");
  return (
    <label className="flex flex-col gap-1 text-sm font-medium">
      <span className={shown ? undefined : "sr-only"}>{label}</span>
      <select
        value={value}
        disabled={disabled}
        onChange={(event) => onChoose(event.target.value as Role)}
        className="min-h-11 rounded-control border border-control bg-surface px-3 text-base font-normal pointer-fine:min-h-9 pointer-fine:text-sm"
      >
        {ROLES.map((role) => (
          <option key={role} value={role}>
            {t(`role.${role}`)}
          </option>
        ))}
      </select>
    </label>
  );
}

/** What each role may do. */
export function RoleList() {
  const t = useTranslations("people");
  return (
    <details className="text-sm">
      <summary className="min-h-6 cursor-pointer font-medium">{t("roles")}</summary>
      <dl className="mt-2 grid gap-x-4 gap-y-1 sm:grid-cols-[auto_1fr]">
        {ROLES.map((role) => (
          <div key={role} className="contents">
            <dt className="font-medium">{t(`role.${role}`)}</dt>
            <dd className="mb-2 text-muted sm:mb-0">{t(`may.${role}`)}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
