"use client";

import { useQuery } from "@tanstack/react-query";
import { useFormatter, useTranslations } from "use-intl";

import { api, unwrap } from "@/api/client";
import type { Workspace } from "@/api/schema";
import { Problem } from "@/failures/problem";
import { Card } from "@/ui/card";
import { Notice } from "@/ui/notice";

/** Whether the newest rows of the server's log are as they were written. */
export function Chain({ workspace }: { workspace: Workspace }) {
  const t = useTranslations("activity.chain");
  const format = useFormatter();
  const { data, error, isPending } = useQuery({
    queryKey: ["activity", workspace.id, "chain"],
    queryFn: () => unwrap(api.GET("/api/activity/verify")),
    staleTime: 60_000,
  });
  const at = data && format.dateTime(new Date(data.at), { dateStyle: "medium", timeStyle: "medium" });
  return (
    <Card title={t("title")}>
      <Problem error={error} />
      {isPending && <p role="status">{t("reading")}</p>}
      {data !== undefined &&
        (data.whole ? (
          <p>{t("whole", { at: at ?? "" })}</p>
        ) : (
          <Notice tone="danger">{t("broken", { at: at ?? "" })}</Notice>
        ))}
    </Card>
  );
}
