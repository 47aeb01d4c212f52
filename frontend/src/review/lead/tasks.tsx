"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useRouter, useSearchParams } from "next/navigation";
import { useFormatter, useTranslations } from "use-intl";

import { api, unwrap } from "@/api/client";
import type { ApiError } from "@/api/errors";
import { keys } from "@/api/queries";
import type { Task, TaskList } from "@/api/schema";
import { Problem } from "@/failures/problem";
import { useColleagues } from "@/review/colleagues";
import { readReason, REASONS } from "@/review/reasons";
import { Button, buttonClass } from "@/ui/button";
import { Notice } from "@/ui/notice";
import { PageHeading } from "@/ui/page-heading";

const STATES = ["disputed", "open", "claimed", "answered", "closed"] as const;
const HEAD = "px-3 py-2 text-left font-medium";
const CELL = "px-3 py-2 align-top";

/** The queue for leads, filtered by state, reason and reader; the address holds what is shown. */
export function Tasks() {
  const t = useTranslations("review");
  const common = useTranslations("common");
  const router = useRouter();
  const address = useSearchParams();
  const colleagues = useColleagues() ?? [];
  const state = STATES.find((known) => known === address.get("state"));
  const reason = REASONS.find((known) => known === address.get("reason"));
  const who = address.get("who") ?? "";
  const cursor = address.get("cursor") ?? "";
  const { data, error } = useQuery<TaskList, ApiError>({
    queryKey: [...keys.reviews, "tasks", state, reason, who, cursor],
    queryFn: () =>
      unwrap(
        api.GET("/api/review/tasks", {
          params: {
            query: {
              ...(state !== undefined && { state: [state] }),
              ...(reason !== undefined && { reason }),
              ...(who !== "" && { who }),
              ...(cursor !== "" && { cursor }),
            },
          },
        }),
      ),
    staleTime: 5_000,
  });
  const show = (change: Partial<Record<"state" | "reason" | "who" | "cursor", string>>) => {
    const query = new URLSearchParams({ view: "tasks" });
    const wanted: Record<string, string> = { state: state ?? "", reason: reason ?? "", who, ...change };
    for (const [name, value] of Object.entries(wanted)) if (value !== "") query.set(name, value);
    router.push(`/review/?${query}`);
  };
  const counts = data?.counts;
  return (
    <>
      <PageHeading className="mb-1">{t("tasks.title")}</PageHeading>
      <p className="mb-4 text-muted">{t("tasks.lead")}</p>
      <div className="mb-4 flex flex-wrap gap-3">
        <Choice
          label={t("tasks.state")}
          value={state ?? ""}
          onChoose={(value) => show({ state: value })}
          options={STATES.map((one) => [
            one,
            counts === undefined
              ? t(`stateName.${one}`)
              : t("tasks.counted", { name: t(`stateName.${one}`), count: counts[one] ?? 0 }),
          ])}
        />
        <Choice
          label={t("tasks.reason")}
          value={reason ?? ""}
          onChoose={(value) => show({ reason: value })}
          options={REASONS.map((one) => [one, t(`reasonName.${one}`)])}
        />
        {colleagues.length > 0 && (
          <Choice
            label={t("tasks.who")}
            value={who}
            onChoose={(value) => show({ who: value })}
            options={colleagues.map(({ user_id, email }) => [user_id, email])}
          />
        )}
      </div>
      {readReason(reason ?? null) !== null && (
        <p className="mb-4">
          <Link href={`/review/?${new URLSearchParams({ reason: reason ?? "" })}`} className={buttonClass()}>
            {t("tasks.takeNext")}
          </Link>
        </p>
      )}
      {error !== null ? (
        <Problem error={error} />
      ) : data === undefined ? (
        <p role="status" className="min-h-176 text-muted">
          {common("loading")}
        </p>
      ) : data.tasks.length === 0 ? (
        <Notice title={t("tasks.none")}>{t("tasks.noneText")}</Notice>
      ) : (
        <Table tasks={data.tasks} />
      )}
      {(cursor !== "" || (data?.next ?? null) !== null) && (
        <nav aria-label={t("tasks.pages")} className="mt-4 flex flex-wrap gap-2">
          {cursor !== "" && <Button onClick={() => show({})}>{t("tasks.first")}</Button>}
          {data !== undefined && data.next !== null && (
            <Button onClick={() => show({ cursor: data.next ?? "" })}>{t("tasks.more")}</Button>
          )}
        </nav>
      )}
    </>
  );
}

type ChoiceProps = {
  label: string;
  value: string;
  options: readonly (readonly [string, string])[];
  onChoose: (value: string) => void;
};

function Choice({ label, value, options, onChoose }: ChoiceProps) {
  const t = useTranslations("review.tasks");
  return (
    <label className="flex min-w-0 flex-col gap-1 text-sm font-medium">
      {label}
      <select
        value={value}
        onChange={(event) => onChoose(event.currentTarget.value)}
        className="min-h-11 max-w-full rounded-control border border-control bg-surface px-3 text-base font-normal pointer-fine:min-h-9 pointer-fine:text-sm"
      >
        <option value="">{t("all")}</option>
        {options.map(([one, name]) => (
          <option key={one} value={one}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

function Table({ tasks }: { tasks: readonly Task[] }) {
  const t = useTranslations("review");
  const format = useFormatter();
  return (
    <div className="rounded-card border border-line bg-surface">
      <table className="w-full table-fixed border-collapse text-sm">
        <caption className="sr-only">{t("tasks.title")}</caption>
        <thead>
          <tr className="border-b border-line text-muted">
            <th scope="col" className={HEAD}>
              {t("tasks.file")}
            </th>
            <th scope="col" className={`${HEAD} w-28 sm:w-40`}>
              {t("tasks.state")}
            </th>
            <th scope="col" className={`${HEAD} hidden w-48 md:table-cell`}>
              {t("tasks.reason")}
            </th>
            <th scope="col" className={`${HEAD} hidden w-44 md:table-cell`}>
              {t("tasks.readers")}
            </th>
            <th scope="col" className={`${HEAD} hidden w-40 lg:table-cell`}>
              {t("tasks.since")}
            </th>
          </tr>
        </thead>
        <tbody>
          {tasks.map((task) => (
            <tr key={task.id} className="border-b border-line last:border-0">
              <th scope="row" className={`${CELL} text-left font-medium [overflow-wrap:anywhere]`}>
                {task.name}
                <span className="block font-normal text-muted md:hidden">
                  {t(`reasonName.${task.reason}`)}
                </span>
              </th>
              <td className={CELL}>
                {t(`stateName.${task.state}`)}
                {(task.state === "disputed" || task.state === "closed") && (
                  <Link
                    href={`/review/?${new URLSearchParams({ view: "tasks", task: task.id })}`}
                    className="flex min-h-11 items-center underline pointer-fine:min-h-6"
                  >
                    {t(task.state === "disputed" ? "tasks.decide" : "tasks.see")}
                    <span className="sr-only">: {task.name}</span>
                  </Link>
                )}
              </td>
              <td className={`${CELL} hidden md:table-cell`}>{t(`reasonName.${task.reason}`)}</td>
              <td className={`${CELL} hidden [overflow-wrap:anywhere] md:table-cell`}>
                {t("tasks.read", { answered: task.answered, needed: task.needed })}
                {task.claimed_by !== null && (
                  <span className="block text-muted">{t("tasks.reading", { who: task.claimed_by })}</span>
                )}
                {task.meant_for !== null && task.claimed_by === null && (
                  <span className="block text-muted">{t("tasks.meantFor", { who: task.meant_for })}</span>
                )}
              </td>
              <td className={`${CELL} hidden text-muted lg:table-cell`}>
                {format.dateTime(new Date(task.created_at), { dateStyle: "medium", timeStyle: "short" })}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
