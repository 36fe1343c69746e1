# One command each; `make` alone lists them.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Without compiled files every process that the tests start would compile everything anew.
unexport PYTHONDONTWRITEBYTECODE

BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --require-hashes --no-deps
PYTEST := $(BIN)/python -m pytest

.PHONY: help setup demo up cluster test fast check bench bench-people docs lock clean servers

help: ## 列出全部命令
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(BIN)/dev.stamp ## 准备 .venv（按哈希安装依赖；已就绪则立即返回）

demo: $(BIN)/run.stamp ## 一条建议从提交到办结的全过程，然后提供服务（ONCE=1 讲完即止）
	$(BIN)/zhitongche demo $(if $(ONCE),--once)

up: $(BIN)/run.stamp ## 单进程运行全部服务（SQLite，不需要消息队列；PORT=8000）
	$(BIN)/zhitongche up $(if $(PORT),--port $(PORT))

cluster: $(BIN)/run.stamp servers ## 本机分布式运行：私有 RabbitMQ、PostgreSQL，每个服务各自的进程
	$(BIN)/python -m apps.cluster

# Those that share the two servers, and end them at will, come one after the other.
test: $(BIN)/dev.stamp servers ## 全部测试，用真实的 RabbitMQ 与 PostgreSQL（ARGS=… 只运行所选的测试）
	$(if $(ARGS),$(PYTEST) $(ARGS),$(PYTEST) -n auto --dist loadfile -m "not servers" && $(PYTEST) -m servers)

fast: $(BIN)/dev.stamp ## 不需要服务器的快速测试
	$(PYTEST) -n auto --dist loadfile -m "not servers and not slow" $(ARGS)

check: $(BIN)/dev.stamp ## 代码检查：ruff、格式、类型、导入约定、房屋规则
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(PYTEST) tests/architecture/test_house_rules.py

bench: $(BIN)/dev.stamp servers ## 对照测量，结果写入 docs/performance.md（LETTERS=路径 用真实来信）
	$(BIN)/python -m bench $(if $(LETTERS),--letters $(LETTERS))

bench-people: $(BIN)/dev.stamp servers ## 登记的对照测量（一万人与一百五十万人，约一小时），结果写入 docs/performance.md
	$(BIN)/python -m bench.people $(ARGS)

docs: $(BIN)/run.stamp ## 重新生成由代码导出的文件
	$(BIN)/python -m apps.cluster.definitions
	$(BIN)/python docs/draw.py

lock: ## 重新解析依赖并写出带哈希的清单（需要 uv）
	for list in build run dev; do \
	    uv pip compile --quiet --generate-hashes --universal --no-header requirements/$$list.in -o requirements/$$list.txt || exit 1; \
	done

clean: ## 删除可重新生成的文件（不动 var 中的数据）
	rm -rf .venv build *.egg-info .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

servers:
	@.ci/bootstrap servers

$(BIN)/python:
	@.ci/bootstrap venv

# The stamps stand in .venv, so that they go when it goes.
$(BIN)/run.stamp: requirements/build.txt requirements/run.txt pyproject.toml | $(BIN)/python
	$(PIP) -r requirements/build.txt -r requirements/run.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(BIN)/dev.stamp: requirements/dev.txt $(BIN)/run.stamp
	$(PIP) -r requirements/dev.txt
	@touch $@
