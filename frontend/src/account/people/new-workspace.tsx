"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useTranslations } from "use-intl";

import { useExpiringRequest } from "@/account/session-end";
import { api, unwrap } from "@/api/client";
import { keys, useSwitchWorkspace } from "@/api/queries";
import { Problem } from "@/failures/problem";
import { Button } from "@/ui/button";
import { Card } from "@/ui/card";
import { Field } from "@/ui/field";

/** Makes a workspace for several people, and chooses it. */
export function NewWorkspace() {
  const t = useTranslations("people.create");
  const client = useQueryClient();
  const request = useExpiringRequest();
  const choose = useSwitchWorkspace();
  const [unnamed, setUnnamed] = useState(false);
  const make = useMutation({
    mutationFn: (name: string) => request(unwrap(api.POST("/api/workspaces", { body: { name } }))),
    networkMode: "always",
    onSuccess: async ({ id }) => {
      await client.invalidateQueries({ queryKey: keys.me });
      await choose(id);
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const name = String(new FormData(form).get("name") ?? "").trim();
    setUnnamed(name === "");
    if (name !== "" && !make.isPending) make.mutate(name, { onSuccess: () => form.reset() });
  };
  return (
    <Card title={t("title")}>
      <p className="mb-4 text-muted">{t("text")}</p>
      <form onSubmit={submit} noValidate className="flex max-w-md flex-col gap-4">
        <Problem error={make.error} />
        <Field
          label={t("name")}
          name="name"
          hint={t("hint")}
          maxLength={100}
          autoComplete="off"
          error={unnamed ? t("noName") : undefined}
        />
        <Button type="submit" aria-disabled={make.isPending} className="self-start">
          {t("make")}
        </Button>
      </form>
    </Card>
  );
}
