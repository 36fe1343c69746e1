"""The Chinese words of the glossary (docs/glossary.md) for what stands in answers as names."""

from __future__ import annotations

STAGES = {
    "submit_to_assign": "提交→交办",
    "assign_to_reply": "交办→答复",
    "submit_to_reply": "提交→答复",
    "reply_to_close": "答复→办结",
    "submit_to_close": "提交→办结",
}
STATES = {
    "submitted": "已提交",
    "accepted": "已受理",
    "assigned": "已交办",
    "replied": "已答复",
    "closed": "已办结",
    "declined": "不予受理",
    "withdrawn": "已撤回",
}
PERSON_STATES = {
    "current": "在校",
    "left": "已离校",
    "erased": "〔已删除〕",
    "undone": "已撤销",
}
STEPS = {
    "ticket_submitted": "提交",
    "ticket_accepted": "受理",
    "ticket_declined": "不予受理",
    "ticket_assigned": "交办",
    "ticket_returned": "退办",
    "ticket_claimed": "领取",
    "ticket_released": "释放",
    "ticket_replied": "答复",
    "ticket_closed": "办结",
    "ticket_withdrawn": "撤回",
}
ROLES = {
    "submitter": "提交人",
    "operator": "统战部经办人",
    "handler": "部门承办人",
    "leader": "领导",
    "liaison": "联络员",
    "auditor": "审计人",
    "admin": "管理员",
    "service": "其他系统",
}

FORCES = {
    "must": "应当",
    "guideline": "一般",
    "may": "可以",
    "encourage": "鼓励",
    "explore": "探索",
    "aim": "目标或原则",
    "none": "未作规定",
}

TREATMENTS = {
    "rule": "规则",
    "event": "以事件为证",
    "evidence": "以材料为证",
    "narrowed": "部分采用",
    "declined": "不采用",
    "background": "不设要求",
}
