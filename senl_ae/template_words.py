"""What the template says to a site, in English and Chinese: its sheets, their columns in order, and what to write in each."""

from __future__ import annotations

SHEETS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "subjects": ("Subjects", "受试者", (
        "subject_id", "infusion_datetime", "dose_level", "dose", "age", "sex", "weight_kg", "disease", "site", "cohort", "product",
        "lymphodepletion_start", "hypotension_sbp", "developmental_delay", "death_date", "death_cause", "last_contact_date", "cutoff_date",
        "retreatment_date", "conditioning_date", "new_therapy_date",
    )),
    "vitals": ("Vitals", "生命体征", (
        "subject_id", "datetime", "temperature", "sbp", "dbp", "map", "heart_rate", "resp_rate", "spo2", "oxygen_device", "oxygen_flow", "fio2",
        "hypotension", "fluid_bolus", "vasopressors", "tocilizumab", "corticosteroid", "antipyretic", "anticytokine",
    )),
    "interventions": ("Interventions", "治疗", (
        "subject_id", "category", "agent", "start", "end", "drug_dose", "drug_unit", "flow", "fio2", "indication", "ongoing",
    )),
    "neuro": ("Neuro", "神经评估", (
        "subject_id", "datetime", "ice_total", "ice_orientation", "ice_naming", "ice_command", "ice_writing", "ice_attention", "capd_total",
        "consciousness", "seizure", "seizure_minutes", "motor", "cerebral_oedema", "icp_sign", "sedated", "unable_reason",
    )),
    "labs": ("Labs", "检验", ("subject_id", "datetime", "test", "value", "unit", "lln", "uln")),
    "events": ("Events", "不良事件", (
        "subject_id", "term", "event_grade", "start", "end", "soc", "serious", "related", "dlt", "outcome", "scale",
    )),
    "adjudications": ("Adjudications", "裁定", (
        "subject_id", "syndrome", "action", "sign", "start", "end", "ruled_grade", "reason", "by", "on",
    )),
}
"""Domain -> sheet name in English and Chinese, and its columns as items of the vocabulary."""

REQUIRED = {
    "subjects": ("subject_id", "infusion_datetime"), "vitals": ("subject_id", "datetime"), "interventions": ("subject_id", "category", "start"),
    "neuro": ("subject_id", "datetime"), "labs": ("subject_id", "datetime", "test", "value", "unit"),
    "events": ("subject_id", "term", "event_grade"), "adjudications": ("subject_id", "syndrome", "action"),
}

HEADINGS_ZH = {
    "infusion_datetime": "回输时间", "death_date": "死亡日期", "lymphodepletion_start": "清淋开始日期", "ice_total": "ICE评分", "capd_total": "CAPD评分",
    "datetime": "日期时间", "start": "开始时间", "end": "结束时间", "term": "不良事件名称", "seizure": "癫痫发作", "motor": "肢体无力",
    "ice_orientation": "ICE定向力", "ice_naming": "ICE命名", "ice_command": "ICE指令", "ice_writing": "ICE书写", "ice_attention": "ICE注意力",
    "temperature": "体温", "seizure_minutes": "抽搐持续时间", "subject_id": "受试者编号", "indication": "用药原因", "event_grade": "分级",
    "product": "细胞来源", "corticosteroid": "糖皮质激素", "consciousness": "意识状态", "resp_rate": "呼吸频率", "oxygen_device": "吸氧方式",
    "dose": "回输剂量",
}
"""Where the first Chinese alias is not the best heading."""

UNITS = {"C": ("°C", "℃"), "years": ("years", "岁"), "/min": ("/min", "次/分"), "min": ("min", "分钟"), "cells/kg": ("cells/kg", "个/kg"),
         "points": ("", "")}
"""How a unit stands in a heading, where not as it is; points are left out."""

SAYS: dict[str, tuple[str, str]] = {
    "subject_id": ("the same id on every sheet; text, so 001 stays 001; no names, no identity numbers", "各表相同的编号；按文本保存，001 不会变成 1；请勿填写姓名或身份证号"),
    "infusion_datetime": ("start of the first CAR-T infusion: its date is Day 0", "首次 CAR-T 回输开始时间；该日期为第 0 天"),
    "dose_level": ("dose level received", "实际回输的剂量组"),
    "dose": ("CAR-T cells per kg received", "每公斤体重回输的 CAR-T 细胞数"),
    "age": ("age at the infusion", "回输时的年龄"),
    "sex": ("M or F", "男或女"),
    "weight_kg": ("body weight", "体重"),
    "disease": ("disease treated", "所治疾病"),
    "site": ("study site", "研究中心"),
    "cohort": ("cohort", "队列"),
    "product": ("cells of the patient or of a donor", "细胞来源：自体或供者"),
    "lymphodepletion_start": ("start of lymphodepletion: laboratory baselines are the last values before it", "清淋化疗开始日期；检验基线取其之前最后一次结果"),
    "hypotension_sbp": ("the subject's own limit, if any: systolic pressure below it is hypotension", "该受试者自己的收缩压界值（如有）；低于它为低血压"),
    "developmental_delay": ("yes: CAPD is used at any age", "有发育迟缓者任何年龄均用 CAPD"),
    "death_date": ("date, or date and time, of death", "死亡日期或时间"),
    "death_cause": ("cause of death; CRS or ICANS where it was that", "死亡原因；如为 CRS 或 ICANS 请写明"),
    "last_contact_date": ("last contact, where lost to follow-up", "失访者的末次联系日期"),
    "cutoff_date": ("data cut-off", "数据截止日期"),
    "retreatment_date": ("second CAR-T treatment (not a planned fraction)", "再次 CAR-T 治疗日期（不含计划内的分次回输）"),
    "conditioning_date": ("start of conditioning for a transplant", "移植预处理开始日期"),
    "new_therapy_date": ("start of a new anti-cancer therapy", "新的抗肿瘤治疗开始日期"),
    "datetime": ("when it was measured: 2026-01-15 08:00; a date alone stands for the whole day", "测量时间，如 2026-01-15 08:00；只写日期代表全天"),
    "temperature": ("body temperature, as measured", "实测体温"),
    "sbp": ("systolic pressure", "收缩压"),
    "dbp": ("diastolic pressure", "舒张压"),
    "map": ("mean arterial pressure", "平均动脉压"),
    "heart_rate": ("heart rate", "心率"),
    "resp_rate": ("breaths per minute", "呼吸频率"),
    "spo2": ("oxygen saturation", "血氧饱和度"),
    "oxygen_device": ("how oxygen is given; room air where none is", "吸氧方式；不吸氧写未吸氧"),
    "oxygen_flow": ("oxygen flow", "氧流量"),
    "fio2": ("inspired oxygen", "吸入氧浓度"),
    "hypotension": ("yes where a clinician says hypotension", "临床判断为低血压填是"),
    "fluid_bolus": ("yes where a bolus was given for low blood pressure", "因低血压快速补液填是"),
    "vasopressors": ("names of all running, joined by ; - none where none runs", "正在使用的升压药名称，用 ; 分隔；没有写无"),
    "tocilizumab": ("yes, or the dose, where given", "给药填是或剂量"),
    "corticosteroid": ("yes, or the dose, where given", "给药填是或剂量"),
    "antipyretic": ("yes, or the dose, where given", "给药填是或剂量"),
    "anticytokine": ("yes, or the dose, of another drug against cytokines", "其他抗细胞因子药物：填是或剂量"),
    "category": ("what kind of treatment", "治疗类别"),
    "agent": ("name of the drug, or the oxygen device", "药名，或吸氧方式"),
    "start": ("when it began", "开始时间"),
    "end": ("when it ended; blank with ongoing yes while it runs", "结束时间；仍在使用则留空并填持续为是"),
    "drug_dose": ("dose", "剂量"),
    "drug_unit": ("unit of the dose", "剂量单位"),
    "flow": ("oxygen flow, for oxygen", "氧流量（吸氧时）"),
    "indication": ("what it was given for: only hypotension makes a fluid bolus count, airway protection excuses ventilation",
                   "用药原因：补液只有因低血压才计入，气道保护的通气不计入"),
    "ongoing": ("yes while it still runs", "仍在使用填是"),
    "ice_total": ("ICE 0-10 (from 12 years on), or unable", "ICE 总分 0-10（12 岁及以上），无法完成写无法完成"),
    "ice_orientation": ("0-4: year, month, city, hospital", "0-4 分：年、月、城市、医院"),
    "ice_naming": ("0-3: names three objects", "0-3 分：说出三件物品"),
    "ice_command": ("0-1: follows a command", "0-1 分：执行指令"),
    "ice_writing": ("0-1: writes a sentence", "0-1 分：写一句话"),
    "ice_attention": ("0-1: counts backwards from 100 by ten", "0-1 分：100 连续减 10"),
    "capd_total": ("CAPD 0-32 (under 12 years, or developmental delay), or unable", "CAPD 总分 0-32（未满 12 岁或发育迟缓），无法完成写无法完成"),
    "consciousness": ("what wakes the subject", "何种刺激可唤醒"),
    "seizure": ("none, or what kind", "无，或发作类型"),
    "seizure_minutes": ("how long it lasted", "发作持续时间"),
    "motor": ("weakness; deep focal: hemiparesis, paraparesis", "肢体无力；偏瘫、截瘫为深度局灶"),
    "cerebral_oedema": ("on imaging", "影像所见脑水肿"),
    "icp_sign": ("sign of raised pressure in the skull", "颅内压增高的体征"),
    "sedated": ("yes under sedation: scores are then not assessed", "镇静状态填是；此时不作评分"),
    "unable_reason": ("why a score could not be done", "无法评分的原因"),
    "test": ("name of the test, as the laboratory writes it", "检验项目名称"),
    "value": ("result; < and > are kept", "结果；保留 < 和 >"),
    "unit": ("unit of the result", "结果的单位"),
    "lln": ("lower limit of normal of that laboratory", "参考下限"),
    "uln": ("upper limit of normal of that laboratory", "参考上限"),
    "term": ("adverse event as reported", "报告的不良事件名称"),
    "event_grade": ("1-5", "1-5 级"),
    "soc": ("system organ class", "系统器官分类"),
    "serious": ("serious: yes or no", "是否严重不良事件"),
    "related": ("relation to the cells", "与细胞治疗的关系"),
    "dlt": ("dose-limiting toxicity: yes or no", "是否剂量限制性毒性"),
    "outcome": ("outcome", "转归"),
    "scale": ("scale of the grade, as CTCAE v5.0 or ASTCT 2019", "分级标准，如 CTCAE v5.0、ASTCT 2019"),
    "syndrome": ("CRS or ICANS", "CRS 或 ICANS"),
    "action": ("exclude: the sign has another cause; grade: the grade that stands instead", "exclude 排除：该体征另有原因；grade 定级：以此级别为准"),
    "sign": ("the sign or domain that is excluded", "被排除的体征或项目"),
    "ruled_grade": ("0-5, with action grade", "0-5 级（裁定为定级时）"),
    "reason": ("why", "理由"),
    "by": ("who ruled: a role or initials", "裁定人：职务或缩写"),
    "on": ("date of the ruling", "裁定日期"),
}
"""Item -> what to write, in English and Chinese."""

GUIDE = {
    "en": (
        "How to fill in this workbook",
        ("One row per subject, per measurement, per treatment, per check, per result, per event or per ruling. Sheets that you do not need may stay empty.",
         "Dark headings are required. A blank cell means that nothing was recorded; where oxygen or vasopressors have a column, a blank means none.",
         "Dates as 2026-01-15 or 2026-01-15 08:00. Please write no names, identity numbers or telephone numbers anywhere.",
         "Then run: senl-ae check FILE   (shows every problem)   and   senl-ae grade FILE"),
        ("On sheet", "Heading", "Needed", "What to write", "Written in", "Plausible", "Words to choose from"),
        "yes", "Columns",
    ),
    "zh": (
        "如何填写本工作簿",
        ("每名受试者、每次测量、每项治疗、每次评估、每个结果、每个事件或每项裁定各占一行。不需要的表可以留空。",
         "深色标题为必填。空白表示没有记录；有吸氧或升压药一列时，空白表示没有使用。",
         "日期写作 2026-01-15 或 2026-01-15 08:00。请勿填写姓名、身份证号或电话号码。",
         "然后运行：senl-ae check 文件名（列出所有问题） 和 senl-ae grade 文件名"),
        ("所在表", "标题", "必填", "填写内容", "书写单位", "合理范围", "可选词"),
        "是", "填写说明",
    ),
}
"""Language -> title, lines, headings of the explanation, the word for required, name of the sheet."""
