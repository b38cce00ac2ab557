"""Code run in a kernel of a learner's server, through the hub's proxy, as JupyterLab does it."""

import asyncio
import json
import uuid

from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

from tests.hub.conftest import PATIENCE, Hub


def run(hub: Hub, name: str, notebook: str, code: str) -> str:
    """Run code in a new kernel for that notebook, and end the kernel; what it printed or showed, as text."""
    server = f"/user/{name}/api"
    kernel = hub.client.post(f"{server}/sessions", json=session(notebook)).raise_for_status().json()["kernel"]["id"]
    try:
        return asyncio.run(asyncio.wait_for(_run(hub, f"{server}/kernels/{kernel}/channels", code), PATIENCE))
    finally:
        hub.client.delete(f"{server}/kernels/{kernel}")


def session(notebook: str) -> dict:
    return {"path": notebook, "name": "", "type": "notebook", "kernel": {"name": "python3"}}


async def _run(hub: Hub, channels: str, code: str) -> str:
    address = hub.address.replace("http:", "ws:", 1) + channels
    connection = await websocket_connect(HTTPRequest(address, headers={"Authorization": f"token {hub.token}"}))
    header = {"msg_id": uuid.uuid4().hex, "msg_type": "execute_request", "username": "", "session": uuid.uuid4().hex}
    content = {"code": code, "silent": False, "allow_stdin": False}
    request = {"header": header | {"version": "5.3"}, "parent_header": {}, "metadata": {}, "content": content}
    await connection.write_message(json.dumps(request | {"channel": "shell", "buffers": []}))
    shown: list[str] = []
    while (message := await connection.read_message()) is not None:
        answer = json.loads(message)
        if answer["parent_header"].get("msg_id") != header["msg_id"]:
            continue
        content = answer["content"]
        match answer["msg_type"]:
            case "stream":
                shown.append(content["text"])
            case "display_data" | "execute_result":
                shown.append(content["data"].get("text/plain", ""))
            case "error":
                shown.extend(content["traceback"])
            case "status" if content["execution_state"] == "idle":
                break
    connection.close()
    return "\n".join(shown)
