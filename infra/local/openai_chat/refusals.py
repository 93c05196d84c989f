"""What the chat completions API refuses, and in which words. Knows requests, no brains.

Sources: the error bodies of https://platform.openai.com/docs/guides/error-codes and of the API itself; the rule on
function tools beside a reasoning effort is the API's answer quoted in BerriAI/litellm#34569.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from infra.local.openai_chat.models import EFFORTS, EFFORTS_WITH_MINIMAL, MODELS, Model
from infra.local.openai_chat.strict import check_tool

_PARAMETERS = frozenset({
    "messages", "model", "audio", "frequency_penalty", "function_call", "functions", "logit_bias", "logprobs",
    "max_completion_tokens", "max_tokens", "metadata", "modalities", "n", "parallel_tool_calls", "prediction",
    "presence_penalty", "prompt_cache_key", "prompt_cache_options", "prompt_cache_retention", "reasoning_effort",
    "response_format", "safety_identifier", "seed", "service_tier", "stop", "store", "stream", "stream_options",
    "temperature", "tool_choice", "tools", "top_logprobs", "top_p", "user", "verbosity", "web_search_options",
})  # fmt: skip
_ROLES = ("system", "developer", "user", "assistant", "tool", "function")
_ROLE_LIST = ", ".join(f"'{role}'" for role in _ROLES[:-1]) + f", and '{_ROLES[-1]}'"


class Refusal(Exception):
    """A request that the API answers with an error body."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        param: str | None = None,
        code: str | None = None,
        kind: str = "invalid_request_error",
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"error": {"message": message, "type": kind, "param": param, "code": code}}


def check_bearer(header: str | None) -> None:
    """Any key is good, none is not; a key that starts with ``sk-bad`` is a wrong one."""
    scheme, _, key = (header or "").partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        raise Refusal(
            401,
            "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer "
            "auth "
            "(i.e. Authorization: Bearer YOUR_KEY).",
        )
    if key.startswith("sk-bad"):
        raise Refusal(
            401,
            f"Incorrect API key provided: {key[:6]}****. You can find your API key in your account settings.",
            code="invalid_api_key",
        )


def check_request(body: Any, retired: Collection[str]) -> Model:
    """Refuse what the API refuses; the model that the request names otherwise."""
    if not isinstance(body, dict):
        raise Refusal(400, "We could not parse the JSON body of your request.")
    model = named_model(body.get("model"), retired)
    if model.speaks:
        raise Refusal(
            404,
            "This is not a chat model and thus not supported in the v1/chat/completions endpoint. "
            "Did you mean to use v1/completions?",
            param="model",
        )
    unknown = sorted(set(body) - _PARAMETERS)
    if unknown:
        raise Refusal(400, f"Unrecognized request argument supplied: {unknown[0]}")
    _check_messages(body.get("messages"))
    _check_tools(body)
    _check_sampling(body, model)
    if body.get("stream_options") is not None and not body.get("stream"):
        raise Refusal(
            400, "The 'stream_options' parameter is only allowed when 'stream' is enabled.", param="stream_options"
        )
    return model


def named_model(name: Any, retired: Collection[str]) -> Model:
    """The model of that name, or what the API says of one that it never had or has no more."""
    if not isinstance(name, str) or not name:
        raise Refusal(400, "you must provide a model parameter")
    if name in retired:
        raise Refusal(
            404,
            f"The model `{name}` has been deprecated, learn more here: https://platform.openai.com/docs/deprecations",
            code="model_not_found",
        )
    if name not in MODELS:
        raise Refusal(
            404, f"The model `{name}` does not exist or you do not have access to it.", code="model_not_found"
        )
    return MODELS[name]


def _check_messages(messages: Any) -> None:
    if messages is None:
        raise Refusal(
            400, "Missing required parameter: 'messages'.", param="messages", code="missing_required_parameter"
        )
    if not isinstance(messages, list):
        raise Refusal(
            400, "Invalid type for 'messages': expected an array of objects.", param="messages", code="invalid_type"
        )
    if not messages:
        raise Refusal(
            400,
            "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.",
            param="messages",
            code="empty_array",
        )
    open_calls: list[str] = []
    for index, message in enumerate(messages):
        _check_message(message, index)
        open_calls = _check_order(message, index, open_calls)
    if open_calls:
        raise _unanswered(open_calls, len(messages))


def _check_message(message: Any, index: int) -> None:
    at = f"messages[{index}]"
    if not isinstance(message, dict):
        raise Refusal(400, f"Invalid type for '{at}': expected an object.", param=at, code="invalid_type")
    role = message.get("role")
    if role not in _ROLES:
        raise Refusal(
            400,
            f"Invalid value: '{role}'. Supported values are: {_ROLE_LIST}.",
            param=f"{at}.role",
            code="invalid_value",
        )
    content = message.get("content")
    if content is None:
        if role == "assistant" and (message.get("tool_calls") or message.get("refusal")):
            return
        raise Refusal(400, "Invalid value for 'content': expected a string, got null.", param=f"{at}.content")
    parts = content if isinstance(content, list) else None
    if not isinstance(content, str) and (
        not parts or not all(isinstance(part, dict) and "type" in part for part in parts)
    ):
        raise Refusal(
            400,
            f"Invalid type for '{at}.content': expected one of a string or array of objects, "
            "but got something else instead.",
            param=f"{at}.content",
            code="invalid_type",
        )


def _check_order(message: Mapping[str, Any], index: int, open_calls: list[str]) -> list[str]:
    """Every tool call is answered, at once and by its id, before anybody else speaks."""
    if message["role"] == "tool":
        answered = message.get("tool_call_id")
        if not isinstance(answered, str):
            raise Refusal(
                400,
                f"Missing required parameter: 'messages[{index}].tool_call_id'.",
                param=f"messages[{index}].tool_call_id",
                code="missing_required_parameter",
            )
        if answered not in open_calls:
            raise Refusal(
                400,
                "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with "
                "'tool_calls'.",
                param=f"messages.[{index}].role",
            )
        return [call for call in open_calls if call != answered]
    if open_calls:
        raise _unanswered(open_calls, index)
    return _calls_of(message, index)


def _calls_of(message: Mapping[str, Any], index: int) -> list[str]:
    calls = message.get("tool_calls")
    if calls is None:
        return []
    at = f"messages[{index}].tool_calls"
    if message["role"] != "assistant" or not isinstance(calls, list):
        raise Refusal(400, f"Unknown parameter: '{at}'.", param=at, code="unknown_parameter")
    if not calls:
        raise Refusal(
            400,
            f"Invalid '{at}': empty array. Expected an array with minimum length 1, but got an empty array instead.",
            param=at,
            code="empty_array",
        )
    for place, call in enumerate(calls):
        function = call.get("function") if isinstance(call, dict) else None
        shaped = (
            isinstance(function, dict)
            and isinstance(function.get("name"), str)
            and isinstance(function.get("arguments"), str)
        )
        if not shaped or not isinstance(call.get("id"), str) or call.get("type") != "function":
            raise Refusal(
                400,
                f"Invalid value for '{at}[{place}]': "
                "expected id, type 'function', function.name and function.arguments.",
                param=f"{at}[{place}]",
            )
    return [str(call["id"]) for call in calls]


def _unanswered(open_calls: list[str], index: int) -> Refusal:
    return Refusal(
        400,
        "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. "
        f"The following tool_call_ids did not have response messages: {', '.join(open_calls)}",
        param=f"messages.[{index}].role",
    )


def _check_tools(body: Mapping[str, Any]) -> None:
    tools = body.get("tools")
    if tools is None:
        for needs_tools in ("tool_choice", "parallel_tool_calls"):
            if body.get(needs_tools) is not None:
                raise Refusal(
                    400,
                    f"Invalid value for '{needs_tools}': '{needs_tools}' is only allowed when 'tools' are specified.",
                    param=needs_tools,
                )
        return
    if not isinstance(tools, list) or not tools:
        raise Refusal(
            400,
            "Invalid 'tools': empty array. Expected an array with minimum length 1, but got an empty array instead.",
            param="tools",
            code="empty_array",
        )
    if len(tools) > 128:
        raise Refusal(
            400,
            f"Invalid 'tools': array too long. Expected an array with maximum length 128, "
            f"but got an array with length {len(tools)} instead.",
            param="tools",
            code="array_above_max_length",
        )
    for index, tool in enumerate(tools):
        fault = check_tool(tool, index)
        if fault:
            raise Refusal(400, fault.message, param=fault.param, code=fault.code)


def _check_sampling(body: Mapping[str, Any], model: Model) -> None:
    effort = body.get("reasoning_effort")
    if not model.reasoning:
        if effort is not None:
            raise Refusal(400, "Unrecognized request argument supplied: reasoning_effort")
        return
    efforts = EFFORTS if model.tools_need_no_effort else EFFORTS_WITH_MINIMAL
    if effort is not None and effort not in efforts:
        allowed = ", ".join(f"'{one}'" for one in efforts)
        raise Refusal(
            400,
            f"Unsupported value: 'reasoning_effort' does not support '{effort}' with this model. "
            f"Supported values are: {allowed}.",
            param="reasoning_effort",
            code="unsupported_value",
        )
    if body.get("tools") and model.tools_need_no_effort and effort != "none":
        raise Refusal(
            400,
            f"Function tools with reasoning_effort are not supported for {model.id} in /v1/chat/completions. "
            "To use function tools, use /v1/responses or set reasoning_effort to 'none'.",
            param="reasoning_effort",
        )
    if body.get("max_tokens") is not None:
        raise Refusal(
            400,
            "Unsupported parameter: 'max_tokens' is not supported with this model. "
            "Use 'max_completion_tokens' instead.",
            param="max_tokens",
            code="unsupported_parameter",
        )
    temperature = body.get("temperature")
    if effort != "none" and temperature not in (None, 1, 1.0):
        raise Refusal(
            400,
            f"Unsupported value: 'temperature' does not support {temperature} with this model. "
            "Only the default (1) value is supported.",
            param="temperature",
            code="unsupported_value",
        )


def tool_names(body: Mapping[str, Any]) -> frozenset[str]:
    """The tools that a request allows."""
    if body.get("tool_choice") == "none":
        return frozenset()
    return frozenset(str(tool["function"]["name"]) for tool in body.get("tools") or ())
