"""Writes laboratory_4.csv, laboratory_5.csv and laboratory_6.csv: values below, at and above every published bound, with the grade they have.

The bands below are read from the published terms band by band, both ends written out, independently of the grading tables (which keep one
bound per grade): expected grades come from here, never from the program. Run it after a correction and read the difference:

    python tests/golden/laboratory_bands.py

A line is `grade: band`, where L, U, B are the limits and the baseline. `[normal]`, `[abnormal]`, `[low]` say for which baseline the band
is (a missing one counts as normal). `?name` is a band that the text splits by a column, `!name` a column that raises the grade: with the
column blank such a band is only possible (the ceiling); with yes it is proven. `possible` marks bands that no column settles.
"""

from __future__ import annotations

import csv
import re
from decimal import Decimal
from pathlib import Path

HERE = Path(__file__).parent
COLUMNS = ("symptomatic", "intervention", "hospitalised", "anticoagulated", "transfused")
FIELDS = ("test", "unit", "lln", "uln", "baseline", "baseline_lln", "value", *COLUMNS, "term", "direction", "grade", "ceiling", "worst", "says")

ANAEMIA = "1: 100<=x<L; 2: 80<=x<100; 3: x<80; 3: x<L !transfused"
LIVER_5 = "1: U<x<=3U [normal]; 2: 3U<x<=5U [normal]; 3: 5U<x<=20U [normal]; 4: x>20U [normal]; 1: 1.5B<=x<=3B [abnormal]; 2: 3B<x<=5B [abnormal]; 3: 5B<x<=20B [abnormal]; 4: x>20B [abnormal]"
LIVER_6 = "1: U<x<=3U [normal]; 2: 3U<x<=5U [normal]; 3: 5U<x<=20U [normal]; 4: x>20U [normal]; 1: B<=x<=1.5B [abnormal]; 2: 1.5B<x<=2B [abnormal]; 3: 2B<x<=4B [up to 5 U]; 2: 2B<x<=4B [above 5 U]; 3: 2B<x<=4B [above 5 U] possible; 4: x>4B [abnormal]"
ALP_5 = "1: U<x<=2.5U [normal]; 2: 2.5U<x<=5U [normal]; 3: 5U<x<=20U [normal]; 4: x>20U [normal]; 1: 2B<=x<=2.5B [abnormal]; 2: 2.5B<x<=5B [abnormal]; 3: 5B<x<=20B [abnormal]; 4: x>20B [abnormal]"
BILI = "1: U<x<=1.5U [normal]; 2: 1.5U<x<=3U [normal]; 3: 3U<x<=10U [normal]; 4: x>10U [normal]"
INR_B = "; 1: B<x<=1.5B ?anticoagulated; 2: 1.5B<x<=2.5B ?anticoagulated; 3: x>2.5B ?anticoagulated"
FIB_L = "1: 0.75L<=x<L; 2: 0.5L<=x<0.75L; 3: 0.25L<=x<0.5L; 4: x<0.25L; 4: x<0.5"
FIB_FALL = "; 1: 0.75B<x<B [low]; 2: 0.5B<x<=0.75B [low]; 3: 0.25B<x<=0.5B [low]; 4: x<=0.25B [low]; 2: 0.5B<x<=0.75B & x<L [not low] possible ?; 3: 0.25B<x<=0.5B & x<L [not low] possible ?; 4: x<=0.25B & x<L [not low] possible ?"
LIPASE_5 = "1: U<x<=1.5U; 2: 1.5U<x<=5U; 3: 2U<x<=5U ?symptomatic; 3: x>5U; 4: x>5U ?symptomatic"
CA_UP = "; 2: x>U !symptomatic; 3: x>U !hospitalised"
CA_DOWN = "; 2: x<L !symptomatic; 3: x<L !hospitalised"
K_UP = "1: U<x<=5.5; 2: 5.5<x<=6; 3: 6<x<=7; 4: x>7"
NA_UP = "1: U<x<=150; 2: 150<x<=155; 3: 155<x<=160; 4: x>160"

# versions | test | unit | L | U | baselines | term | direction | bands
TERMS = f"""
456 | hemoglobin | g/L | 130 | 170 | | Anemia | low | {ANAEMIA}
456 | hemoglobin | g/L | 90 | 170 | | Anemia | low | {ANAEMIA}
456 | hemoglobin | mmol/L | 8.1 | 10.5 | | Anemia | low | 1: 6.2<=x<L; 2: 4.9<=x<6.2; 3: x<4.9; 3: x<L !transfused
56 | hemoglobin | g/L | 130 | 170 | | Hemoglobin increased | high | 1: U<x<=U+20; 2: U+20<x<=U+40; 3: x>U+40
4 | hemoglobin | g/L | 130 | 170 | 150 180 170 | Hemoglobin increased | high | 1: U<x<=U+20 [normal]; 2: U+20<x<=U+40 [normal]; 3: x>U+40 [normal]; 1: B<x<=B+20 [abnormal]; 2: B+20<x<=B+40 [abnormal]; 3: x>B+40 [abnormal]
56 | hemoglobin | mmol/L | 8.1 | 10.5 | | Hemoglobin increased | high | 1: x>U; 3: x>U possible
4 | hemoglobin | mmol/L | 8.1 | 10.5 | 9 11 | Hemoglobin increased | high | 1: x>U [normal]; 3: x>U [normal] possible; 1: x>B [abnormal]; 3: x>B [abnormal] possible
45 | platelets | 10^9/L | 150 | 400 | | Platelet count decreased | low | 1: 75<=x<L; 2: 50<=x<75; 3: 25<=x<50; 4: x<25
6 | platelets | 10^9/L | 150 | 400 | | Thrombocytopenia | low | 1: 75<=x<L; 2: 50<=x<75; 3: 10<=x<50; 4: x<10; 3: x<L !transfused
456 | wbc | 10^9/L | 4 | 11 | | White blood cell decreased | low | 1: 3<=x<L; 2: 2<=x<3; 3: 1<=x<2; 4: x<1
45 | anc | 10^9/L | 1.8 | 7.5 | | Neutrophil count decreased | low | 1: 1.5<=x<L; 2: 1.0<=x<1.5; 3: 0.5<=x<1.0; 4: x<0.5
45 | anc | 10^9/L | 1.2 | 7.5 | | Neutrophil count decreased | low | 1: 1.5<=x<L; 2: 1.0<=x<1.5; 3: 0.5<=x<1.0; 4: x<0.5
6 | anc | 10^9/L | 1.8 | 7.5 | | Neutrophil count decreased | low | 1: 1.0<=x<1.5; 2: 0.5<=x<1.0; 3: 0.1<=x<0.5; 4: x<0.1
6 | anc | 10^9/L | 1.8 | 7.5 | | Neutrophil count increased | high | 1: x>U
45 | alc | 10^9/L | 1.1 | 3.2 | | Lymphocyte count decreased | low | 1: 0.8<=x<L; 2: 0.5<=x<0.8; 3: 0.2<=x<0.5; 4: x<0.2
6 | alc | 10^9/L | 1.1 | 3.2 | | Lymphopenia | low | 1: x<L
456 | alc | 10^9/L | 1.1 | 3.2 | | Lymphocyte count increased | high | 2: 4<x<=20; 3: x>20
456 | cd4 | 10^9/L | 0.7 | 1.1 | | CD4 lymphocytes decreased | low | 1: 0.5<=x<L; 2: 0.2<=x<0.5; 3: 0.05<=x<0.2; 4: x<0.05
456 | wbc | 10^9/L | 4 | 11 | | Leukocytosis | high | 3: x>100
56 | eosinophils | 10^9/L | 0.02 | 0.5 | 0.3 0.8 | Eosinophilia | high | 1: x>U [normal]; 1: x>B [abnormal]
456 | haptoglobin | g/L | 0.3 | 2 | | Haptoglobin decreased | low | 1: x<L
56 | ldh | U/L | 120 | 250 | | Blood lactate dehydrogenase increased | high | 1: x>U
56 | inr | ratio | 0.8 | 1.2 | 1.1 0.9 2.4 | INR increased | high | 1: 1.2<x<=1.5; 2: 1.5<x<=2.5; 3: x>2.5{INR_B}
4 | inr | ratio | 0.8 | 1.1 | 1.0 2.4 | INR increased | high | 1: U<x<=1.5U; 2: 1.5U<x<=2.5U; 3: x>2.5U{INR_B}
456 | aptt | s | 25 | 35 | | Activated partial thromboplastin time prolonged | high | 1: U<x<=1.5U; 2: 1.5U<x<=2.5U; 3: x>2.5U
56 | fibrinogen | g/L | 2.4 | 4 | 3.2 1.6 2.4 | Fibrinogen decreased | low | {FIB_L}{FIB_FALL}
56 | fibrinogen | g/L | 1 | 4 | 1.6@2 3.2@4 | Fibrinogen decreased | low | {FIB_L}{FIB_FALL}
56 | fibrinogen | g/L | 1.8 | 4 | 7.6 | Fibrinogen decreased | low | {FIB_L}{FIB_FALL}
4 | fibrinogen | g/L | 1.8 | 4 | | Fibrinogen decreased | low | {FIB_L}
4 | fibrinogen | g/L | 2.4 | 4 | 3.2 1.6 | Fibrinogen decreased | low | {FIB_L}; 1: 0.75B<x<B; 2: 0.5B<x<=0.75B; 3: 0.25B<x<=0.5B; 4: x<=0.25B
56 | bicarbonate | mmol/L | 22 | 29 | | Blood bicarbonate decreased | low | 1: x<L
4 | alt | U/L | 7 | 40 | 60 | Alanine aminotransferase increased | high | 1: U<x<=3U; 2: 3U<x<=5U; 3: 5U<x<=20U; 4: x>20U
4 | ast | U/L | 7 | 35 | | Aspartate aminotransferase increased | high | 1: U<x<=3U; 2: 3U<x<=5U; 3: 5U<x<=20U; 4: x>20U
5 | alt | U/L | 7 | 40 | 25 60 40 5 | Alanine aminotransferase increased | high | {LIVER_5}
5 | ast | U/L | 7 | 35 | 25 60 | Aspartate aminotransferase increased | high | {LIVER_5}
6 | alt | U/L | 7 | 40 | 25 60 200 201 | Alanine aminotransferase increased | high | {LIVER_6}
6 | ast | U/L | 7 | 35 | 25 60 175 201 | Aspartate aminotransferase increased | high | {LIVER_6}
4 | alp | U/L | 40 | 120 | | Alkaline phosphatase increased | high | 1: U<x<=2.5U; 2: 2.5U<x<=5U; 3: 5U<x<=20U; 4: x>20U
4 | ggt | U/L | 10 | 60 | | GGT increased | high | 1: U<x<=2.5U; 2: 2.5U<x<=5U; 3: 5U<x<=20U; 4: x>20U
5 | alp | U/L | 40 | 120 | 80 150 30 | Alkaline phosphatase increased | high | {ALP_5}
5 | ggt | U/L | 10 | 60 | 40 90 | GGT increased | high | {ALP_5}
6 | alp | U/L | 40 | 120 | 80 150 | Alkaline phosphatase increased | high | 1: x>U [normal]; 1: x>B [abnormal]
6 | ggt | U/L | 10 | 60 | 40 90 | GGT increased | high | 1: U<x<=2.5U [normal]; 2: 2.5U<x<=5U [normal]; 3: 5U<x<=20U [normal]; 4: x>20U [normal]; 1: B<=x<=1.5B [abnormal]; 2: 1.5B<x<=3B [abnormal]; 3: 3B<x<=10B [abnormal]; 4: x>10B [abnormal]
4 | total_bilirubin | mg/dL | 0.2 | 1.1 | 2 | Blood bilirubin increased | high | 1: U<x<=1.5U; 2: 1.5U<x<=3U; 3: 3U<x<=10U; 4: x>10U
4 | total_bilirubin | umol/L | 3.4 | 20.5 | | Blood bilirubin increased | high | 1: U<x<=1.5U; 2: 1.5U<x<=3U; 3: 3U<x<=10U; 4: x>10U
5 | total_bilirubin | mg/dL | 0.2 | 1.1 | 0.6 2 | Blood bilirubin increased | high | {BILI}; 1: B<x<=1.5B [abnormal]; 2: 1.5B<x<=3B [abnormal]; 3: 3B<x<=10B [abnormal]; 4: x>10B [abnormal]
5 | total_bilirubin | umol/L | 3.4 | 20.5 | 12 34 | Blood bilirubin increased | high | {BILI}; 1: B<x<=1.5B [abnormal]; 2: 1.5B<x<=3B [abnormal]; 3: 3B<x<=10B [abnormal]; 4: x>10B [abnormal]
6 | total_bilirubin | mg/dL | 0.2 | 1.1 | 0.6 2 | Blood bilirubin increased | high | {BILI}; 1: B<=x<=1.5B [abnormal]; 2: 1.5B<x<=2.5B [abnormal]; 3: 2.5B<x<=10B [abnormal]; 4: x>10B [abnormal]
5 | creatinine | mg/dL | 0.6 | 1.1 | 0.5 0.8 1.5 | Creatinine increased | high | 1: U<x<=1.5U; 2: 1.5U<x<=3U; 3: 3U<x<=6U; 4: x>6U; 2: 1.5B<x<=3B; 3: x>3B
5 | creatinine | umol/L | 50 | 100 | 30 70 | Creatinine increased | high | 1: U<x<=1.5U; 2: 1.5U<x<=3U; 3: 3U<x<=6U; 4: x>6U; 2: 1.5B<x<=3B; 3: x>3B
4 | creatinine | mg/dL | 0.6 | 1.1 | 0.5 0.8 1.5 | Creatinine increased | high | 1: U<x<=1.5U; 2: 1.5U<x<=3U; 3: 3U<x<=6U; 4: x>6U; 1: B<x<=1.5B; 2: 1.5B<x<=3B; 3: x>3B
6 | creatinine | mg/dL | 0.6 | 1.1 | 0.5 0.6 0.8 | Creatinine increased | high | 1: U<x<=1.5U; 2: 1.5U<x<=3U; 3: 3U<x<=6U; 4: x>6U; 2: 1.5B<x<=3B [low]; 3: x>3B [low]
6 | creatinine_clearance | mL/min | 90 | 140 | | Creatinine clearance decreased | low | 2: 26<=x<=49; 2: 25<x<26; 3: 10<=x<=25; 3: x<10
5 | lipase | U/L | 10 | 60 | | Lipase increased | high | {LIPASE_5}
5 | amylase | U/L | 30 | 110 | | Serum amylase increased | high | {LIPASE_5}
6 | lipase | U/L | 10 | 60 | | Lipase increased | high | 1: U<x<=1.5U; 2: 1.5U<x<=5U; 3: 3U<x<=5U ?symptomatic; 3: x>5U; 4: x>5U ?symptomatic
6 | amylase | U/L | 30 | 110 | | Serum amylase increased | high | 1: U<x<=1.5U; 2: 1.5U<x<=5U; 3: 2U<x<=5U ?symptomatic possible; 3: x>5U; 4: x>5U ?symptomatic
4 | lipase | U/L | 10 | 60 | | Lipase increased | high | 1: U<x<=1.5U; 2: 1.5U<x<=2U; 3: 2U<x<=5U; 4: x>5U
4 | amylase | U/L | 30 | 110 | | Serum amylase increased | high | 1: U<x<=1.5U; 2: 1.5U<x<=2U; 3: 2U<x<=5U; 4: x>5U
45 | ck | U/L | 40 | 200 | | CPK increased | high | 1: U<x<=2.5U; 2: 2.5U<x<=5U; 3: 5U<x<=10U; 4: x>10U
56 | potassium | mmol/L | 3.5 | 5.1 | | Hyperkalemia | high | {K_UP}; 2: x>U !intervention; 3: x>U !hospitalised
4 | potassium | mmol/L | 3.5 | 5.1 | | Hyperkalemia | high | {K_UP}; 3: x>U !hospitalised
456 | potassium | mmol/L | 3.5 | 5.1 | | Hypokalemia | low | 1: 3.0<=x<L; 2: 3.0<=x<L ?symptomatic; 2: 3.0<=x<L ?intervention; 3: 2.5<=x<3.0; 4: x<2.5; 3: x<L !hospitalised
56 | sodium | mmol/L | 135 | 145 | | Hypernatremia | high | {NA_UP}; 2: x>U !intervention; 3: x>U !hospitalised
4 | sodium | mmol/L | 135 | 145 | | Hypernatremia | high | {NA_UP}; 3: x>U !hospitalised
56 | sodium | mmol/L | 135 | 145 | | Hyponatremia | low | 1: 130<=x<L; 2: 125<=x<130; 3: 125<=x<130 ?symptomatic; 3: 120<=x<125; 4: x<120
4 | sodium | mmol/L | 135 | 145 | | Hyponatremia | low | 1: 130<=x<L; 3: 120<=x<130; 4: x<120
456 | calcium | mmol/L | 2.1 | 2.6 | | Hypercalcemia | high | 1: U<x<=2.9; 2: 2.9<x<=3.1; 3: 3.1<x<=3.4; 4: x>3.4{CA_UP}
456 | calcium | mg/dL | 8.5 | 10.5 | | Hypercalcemia | high | 1: U<x<=11.5; 2: 11.5<x<=12.5; 3: 12.5<x<=13.5; 4: x>13.5{CA_UP}
456 | calcium_ionized | mmol/L | 1.1 | 1.3 | | Hypercalcemia | high | 1: U<x<=1.5; 2: 1.5<x<=1.6; 3: 1.6<x<=1.8; 4: x>1.8{CA_UP}
456 | calcium | mmol/L | 2.1 | 2.6 | | Hypocalcemia | low | 1: 2.0<=x<L; 2: 1.75<=x<2.0; 3: 1.5<=x<1.75; 4: x<1.5{CA_DOWN}
456 | calcium | mg/dL | 8.5 | 10.5 | | Hypocalcemia | low | 1: 8<=x<L; 2: 7<=x<8; 3: 6<=x<7; 4: x<6{CA_DOWN}
456 | calcium_ionized | mmol/L | 1.1 | 1.3 | | Hypocalcemia | low | 1: 1.0<=x<L; 2: 0.9<=x<1.0; 3: 0.8<=x<0.9; 4: x<0.8{CA_DOWN}
456 | magnesium | mmol/L | 0.75 | 1.02 | | Hypermagnesemia | high | 1: U<x<=1.23; 3: 1.23<x<=3.30; 4: x>3.30
456 | magnesium | mg/dL | 1.8 | 2.5 | | Hypermagnesemia | high | 1: U<x<=3; 3: 3<x<=8; 4: x>8
456 | magnesium | mmol/L | 0.75 | 1.02 | | Hypomagnesemia | low | 1: 0.5<=x<L; 2: 0.4<=x<0.5; 3: 0.3<=x<0.4; 4: x<0.3
456 | magnesium | mg/dL | 1.8 | 2.5 | | Hypomagnesemia | low | 1: 1.2<=x<L; 2: 0.9<=x<1.2; 3: 0.7<=x<0.9; 4: x<0.7
456 | glucose | mmol/L | 3.9 | 6.1 | | Hypoglycemia | low | 1: 3.0<=x<L; 2: 2.2<=x<3.0; 3: 1.7<=x<2.2; 4: x<1.7
456 | glucose | mg/dL | 70 | 110 | | Hypoglycemia | low | 1: 55<=x<L; 2: 40<=x<55; 3: 30<=x<40; 4: x<30
456 | glucose_fasting | mmol/L | 3.9 | 6.1 | | Hypoglycemia | low | 1: 3.0<=x<L; 2: 2.2<=x<3.0; 3: 1.7<=x<2.2; 4: x<1.7
456 | glucose_fasting | mg/dL | 70 | 110 | | Hypoglycemia | low | 1: 55<=x<L; 2: 40<=x<55; 3: 30<=x<40; 4: x<30
46 | glucose_fasting | mmol/L | 3.9 | 6.1 | | Hyperglycemia | high | 1: U<x<=8.9; 2: 8.9<x<=13.9; 3: 13.9<x<=27.8; 4: x>27.8; 3: x>U !hospitalised
46 | glucose_fasting | mg/dL | 70 | 110 | | Hyperglycemia | high | 1: U<x<=160; 2: 160<x<=250; 3: 250<x<=500; 4: x>500; 3: x>U !hospitalised
46 | glucose | mmol/L | 3.9 | 6.1 | | Hyperglycemia | high | 1: U<x<=8.9 possible ?; 2: 8.9<x<=13.9 possible ?; 3: 13.9<x<=27.8; 4: x>27.8; 3: x>U !hospitalised
46 | glucose | mg/dL | 70 | 110 | | Hyperglycemia | high | 1: U<x<=160 possible ?; 2: 160<x<=250 possible ?; 3: 250<x<=500; 4: x>500; 3: x>U !hospitalised
456 | albumin | g/L | 35 | 55 | | Hypoalbuminemia | low | 1: 30<=x<L; 2: 20<=x<30; 3: x<20
56 | uric_acid | umol/L | 208 | 428 | | Hyperuricemia | high | 1: x>U; 3: x>U ?symptomatic
56 | uric_acid | mg/dL | 3.5 | 7.2 | | Hyperuricemia | high | 1: x>U; 3: x>U ?symptomatic
4 | uric_acid | umol/L | 208 | 428 | | Hyperuricemia | high | 1: U<x<=590; 3: U<x<=590 ?symptomatic; 4: x>590
4 | uric_acid | mg/dL | 3.5 | 7.2 | | Hyperuricemia | high | 1: U<x<=10; 3: U<x<=10 ?symptomatic; 4: x>10
4 | phosphate | mmol/L | 0.85 | 1.5 | | Hypophosphatemia | low | 1: 0.8<=x<L; 2: 0.6<=x<0.8; 3: 0.3<=x<0.6; 4: x<0.3
4 | phosphate | mg/dL | 2.7 | 4.5 | | Hypophosphatemia | low | 1: 2.5<=x<L; 2: 2.0<=x<2.5; 3: 1.0<=x<2.0; 4: x<1.0
456 | triglycerides | mmol/L | | 1.7 | | Hypertriglyceridemia | high | 1: 1.71<=x<=3.42; 2: 3.42<x<=5.7; 3: 5.7<x<=11.4; 4: x>11.4
456 | triglycerides | mg/dL | | 150 | | Hypertriglyceridemia | high | 1: 150<=x<=300; 2: 300<x<=500; 3: 500<x<=1000; 4: x>1000
456 | cholesterol | mmol/L | | 5.2 | | Cholesterol high | high | 1: U<x<=7.75; 2: 7.75<x<=10.34; 3: 10.34<x<=12.92; 4: x>12.92
456 | cholesterol | mg/dL | | 200 | | Cholesterol high | high | 1: U<x<=300; 2: 300<x<=400; 3: 400<x<=500; 4: x>500
456 | ph | pH | 7.35 | 7.45 | | Acidosis | low | 1: 7.3<=x<L; 3: x<7.3
456 | ph | pH | 7.35 | 7.45 | | Alkalosis | high | 1: U<x<=7.5; 3: x>7.5
"""

EXPRESSION = r"[0-9.]*[LUB](?:\+[0-9.]+)?|[0-9.]+"
BAND = re.compile(rf"(?:({EXPRESSION})(<=|<))?x(?:(<=|<|>=|>)({EXPRESSION}))?")


class Band:
    """One published band: which grade, between which bounds, for which baseline, and what must be known for it."""

    def __init__(self, text: str) -> None:
        grade, rest = text.strip().split(":", 1)
        self.grade, self.text = int(grade), text.strip()
        self.possible = " possible" in rest
        self.split = re.search(r"\?(\w*)", rest)
        self.raised = re.search(r"!(\w+)", rest)
        self.needs = (self.split and self.split[1]) or (self.raised and self.raised[1]) or ""
        state = re.search(r"\[(.+?)\]", rest)
        self.state = state[1] if state else ""
        self.parts = [BAND.search(p) for p in rest.split("[")[0].split("?")[0].split("!")[0].replace("possible", "").split("&")]

    def bounds(self) -> list[str]:
        return [g for m in self.parts for g in (m[1], m[4]) if g]

    def holds(self, x: Decimal, known: dict[str, Decimal | None]) -> bool:
        for m in self.parts:
            for bound, op, flip in ((m[1], m[2], True), (m[4], m[3], False)):
                if not bound:
                    continue
                b = evaluate(bound, known)
                if b is None or not compare(b, op, x, flip):
                    return False
        return self.fits(known)

    def fits(self, known: dict[str, Decimal | None]) -> bool:
        b, up = known["B"], known["U"]
        if self.state == "normal":
            return b is None or b <= up
        if self.state == "abnormal":
            return b is not None and b > up
        if self.state == "low":
            return b is not None and b < known["BL"]
        if self.state == "not low":
            return b is not None and b >= known["BL"]
        if self.state == "up to 5 U":
            return b is not None and up < b <= 5 * up
        if self.state == "above 5 U":
            return b is not None and b > 5 * up
        return True


def evaluate(text: str, known: dict[str, Decimal | None]) -> Decimal | None:
    m = re.fullmatch(r"([0-9.]*)([LUB])?(?:\+([0-9.]+))?", text)
    if not m[2]:
        return Decimal(m[1])
    base = known[m[2]]
    return None if base is None else Decimal(m[1] or 1) * base + Decimal(m[3] or 0)


def compare(bound: Decimal, op: str, x: Decimal, bound_first: bool) -> bool:
    left, right = (bound, x) if bound_first else (x, bound)
    return {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[op]


def expected(bands: list[Band], x: Decimal, known: dict[str, Decimal | None], columns: dict[str, str]) -> tuple[int, int, int]:
    """What the bands say: the grade proven, the highest that is possible, and the grade of the worst-case reading."""
    grade = ceiling = worst = 0
    for band in bands:
        if not band.holds(x, known):
            continue
        answer = columns.get(band.needs, "") if band.needs else "1"
        if answer == "0":
            continue
        ceiling = max(ceiling, band.grade)
        if answer == "1" and not band.possible:
            grade = max(grade, band.grade)
        if band.split or (answer == "1" and not band.possible):
            worst = max(worst, band.grade)
    return grade, ceiling, max(worst, grade)


def around(bound: Decimal) -> list[Decimal]:
    step = Decimal(1).scaleb(bound.normalize().adjusted() - 3)
    return [bound - step, bound, bound + step]


def cases(line: str) -> list[dict[str, object]]:
    versions, test, unit, low, up, baselines, term, direction, text = (p.strip() for p in line.split("|"))
    bands = [Band(t) for t in text.split(";")]
    asked = sorted({b.needs for b in bands if b.needs})
    rows = []
    for said in ["", *baselines.split()]:
        base, _, own = said.partition("@")  # 1.6@2 is a baseline of 1.6 from a laboratory whose lower limit is 2
        known = {"L": Decimal(low) if low else None, "U": Decimal(up) if up else None, "B": Decimal(base) if base else None}
        known["BL"] = Decimal(own) if own else known["L"]
        points: set[Decimal] = set()
        for band in bands:
            if not band.fits(known):
                continue
            for bound in band.bounds():
                at = evaluate(bound, known)
                if at is not None:
                    points.update(around(at))
        for answers in [dict.fromkeys(asked, ""), dict.fromkeys(asked, "0"), *({**dict.fromkeys(asked, "0"), a: "1"} for a in asked)] if asked else [{}]:
            for x in sorted(points):
                grade, ceiling, worst = expected(bands, x, known, answers)
                holding = [b.text for b in bands if b.holds(x, known) and b.grade == max(grade, ceiling)]
                rows.append({
                    "versions": versions, "test": test, "unit": unit, "lln": low, "uln": up, "baseline": base, "baseline_lln": own, "value": f"{x:f}", **answers, "term": term,
                    "direction": direction, "grade": grade, "ceiling": ceiling, "worst": worst, "says": " or ".join(holding) or "no band",
                })
    return rows


def main() -> None:
    everything = [row for line in TERMS.strip().splitlines() for row in cases(line)]
    for version in "456":
        with (HERE / f"laboratory_{version}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, FIELDS, extrasaction="ignore", restval="", lineterminator="\n")
            writer.writeheader()
            writer.writerows(row for row in everything if version in row["versions"])


if __name__ == "__main__":
    main()
