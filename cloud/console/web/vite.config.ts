import { defineConfig } from "vite";
import { pageConfig } from "../../../shared/ui/vite-page.ts";

const api = { target: `http://127.0.0.1:${process.env.CLOUD_PORT ?? 8080}`, ws: true };
export default defineConfig(pageConfig(import.meta.dirname, "/", api));
