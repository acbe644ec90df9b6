# Build: compiles the two native modules and TypeScript. The full image has Python 3, make and g++.
FROM node:24-bookworm AS build
WORKDIR /app
ENV ONNXRUNTIME_NODE_INSTALL=skip
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json ./
COPY scripts/build-wasm.mjs ./scripts/build-wasm.mjs
COPY src ./src
COPY web ./web
# The page names the countries of the gazetteer.
COPY migrations ./migrations
RUN npm run build && npm prune --omit=dev --no-audit --no-fund

# Run: Node, the packages that the program needs, the built program, the pocket model.
FROM node:24-bookworm-slim
WORKDIR /app
ENV NODE_ENV=production \
    STREETDEX_HOST=0.0.0.0 \
    STREETDEX_PORT=8080 \
    STREETDEX_DATA_DIR=/data \
    STREETDEX_MODELS_DIR=/app/models \
    STREETDEX_INDEX=/indexes/default
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY migrations ./migrations
COPY label-sets ./label-sets
COPY models/pocket ./models/pocket
RUN mkdir -p /data /indexes && chown -R node:node /data /indexes /app/models
USER node
# Models that are added, indexes, and what indexes share (gazetteer, caption vectors).
VOLUME ["/app/models", "/indexes", "/data"]
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.STREETDEX_PORT + '/readyz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "dist/cli/main.js"]
# Outside loopback the server asks for API keys: set STREETDEX_API_KEYS.
CMD ["serve"]
